"""The list of pronunciation dictionaries, page by page."""

from typing import Any

from aiohttp import ClientSession
import pytest

from simulator import Simulator
from simulator.dictionaries import DICTIONARIES

_LIST = "/v1/pronunciation-dictionaries"
_NEWEST_FIRST = ["dict_family", "dict_rooms", "dict_empty", "dict_demo", "dict_archived"]


async def _ask(client: ClientSession, **query: str) -> tuple[int, Any]:
    async with client.get(_LIST, params=query) as answer:
        return answer.status, await answer.json()


async def _ids(client: ClientSession, **query: str) -> list[str]:
    status, page = await _ask(client, **query)
    assert status == 200
    return [one["id"] for one in page["pronunciation_dictionaries"]]


async def test_one_page(client: ClientSession) -> None:
    _, page = await _ask(client)
    assert (page["has_more"], page["next_cursor"]) == (False, None)
    by_id = {one["id"]: one for one in page["pronunciation_dictionaries"]}
    assert set(by_id) == set(DICTIONARIES)
    demo = by_id["dict_demo"]
    assert demo["name"] == "Smart home"
    assert (demo["latest_version_id"], demo["latest_version_rules_num"]) == ("version_1", 2)
    archived = [name for name, one in by_id.items() if one["archived_time_unix"] is not None]
    assert archived == ["dict_archived"]


async def test_pages(client: ClientSession) -> None:
    found, cursor = list[list[str]](), ""
    while cursor is not None:
        _, page = await _ask(client, page_size="2", cursor=cursor)
        found.append([one["id"] for one in page["pronunciation_dictionaries"]])
        assert page["has_more"] is (page["next_cursor"] is not None)
        cursor = page["next_cursor"]
    assert found == [_NEWEST_FIRST[:2], _NEWEST_FIRST[2:4], _NEWEST_FIRST[4:]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, _NEWEST_FIRST),
        ({"sort": "creation_time_unix", "sort_direction": "ascending"}, _NEWEST_FIRST[::-1]),
        ({"include_archived": "false"}, _NEWEST_FIRST[:-1]),
        (
            {"sort": "name", "sort_direction": "ascending"},
            ["dict_family", "dict_archived", "dict_empty", "dict_rooms", "dict_demo"],
        ),
    ],
)
async def test_order(client: ClientSession, query: dict[str, str], expected: list[str]) -> None:
    assert await _ids(client, **query) == expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"page_size": "101"}, 422),
        ({"page_size": "0"}, 422),
        ({"sort": "age"}, 422),
        ({"sort_direction": "up"}, 422),
        ({"cursor": "x"}, 400),
        ({"cursor": "after_-1"}, 400),
    ],
)
async def test_bad_queries(client: ClientSession, query: dict[str, str], status: int) -> None:
    assert (await _ask(client, **query))[0] == status


async def test_unknown_parameters_are_recorded(sim: Simulator, client: ClientSession) -> None:
    await _ask(client, page_token="x")
    assert sim.journal.last_request(_LIST).unknown == ["page_token"]


@pytest.mark.parametrize(("key", "status"), [("sk_tts_only", 401), ("sk_no_voices", 200)])
async def test_the_permission_is_needed(sim: Simulator, key: str, status: int) -> None:
    async with ClientSession(sim.url, headers={"xi-api-key": key}) as client:
        found, body = await _ask(client)
    assert found == status
    if status != 200:
        assert body["detail"]["status"] == "missing_permissions"
