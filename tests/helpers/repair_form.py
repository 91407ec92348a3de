"""A repair as a browser fills it in."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.elevenlabs_streaming.const import DOMAIN


@dataclass(slots=True)
class RepairForm:
    """A repair as a browser fills it in."""

    http: TestClient[Any, Any]
    answer: dict[str, Any]

    @classmethod
    async def open(cls, browser: ClientSessionGenerator, issue_id: str) -> RepairForm:
        """Press *Fix*."""
        body = {"handler": DOMAIN, "issue_id": issue_id}
        http = await browser()
        response = await http.post("/api/repairs/issues/fix", json=body)
        assert response.status == HTTPStatus.OK, await response.text()
        return cls(http, await response.json())

    async def fill_in(self, **data: str) -> dict[str, Any]:
        """Submit."""
        response = await self.http.post(
            f"/api/repairs/issues/fix/{self.answer['flow_id']}", json=data
        )
        assert response.status == HTTPStatus.OK, await response.text()
        self.answer = await response.json()
        return self.answer

    @property
    def field(self) -> dict[str, Any]:
        """The only field."""
        (field,) = self.answer["data_schema"]
        return dict(field)
