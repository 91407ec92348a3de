"""A service that answers nonsense about the account: speech goes on, and nothing breaks."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
import gzip
import json
from typing import Any, override

from aiohttp import web
from aiohttp.typedefs import Handler
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import get_system_health_info
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator
from tests.helpers.config_flow import Result, fill_in, open_form
from tests.helpers.home import Ears, decode, make_entry, set_up

SENTENCE = "The laundry is done."
ACCOUNT = ("/v1/models", "/v2/voices", "/v1/user", "/v1/user/subscription")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered in place of the truth."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    ends: bool = True
    """Whether the answer ever ends."""


class Muddled(Simulator):
    """A service that speaks as ever, and answers about the account as it is told."""

    def __init__(self) -> None:
        """Tell the truth."""
        super().__init__()
        self.answers: dict[str, Answer] = {}

    def muddle(self, answer: Answer, *paths: str) -> None:
        """Answer so, at all places of the account or at some."""
        self.answers = dict.fromkeys(paths or ACCOUNT, answer)

    @override
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if (answer := self.answers.get(request.path)) is None:
            return await super()._answer(request, handler)
        response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
        response.content_type = "application/json"
        await response.prepare(request)
        with suppress(ConnectionError):
            await response.write(answer.body)
            while not answer.ends:
                await asyncio.sleep(0.05)
                await response.write(b" ")
        if answer.headers:
            response.force_close()
        return response


@pytest.fixture
async def muddled(socket_enabled: None) -> AsyncIterator[Muddled]:
    """Run a service that can be muddled."""
    async with Muddled() as running:
        yield running


@pytest.fixture
async def ears(
    hass: HomeAssistant,
    muddled: Muddled,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
) -> Ears:
    """Set up a home with George's voice at that service."""
    assert await async_setup_component(hass, "system_health", {})
    await set_up(hass, make_entry(muddled))
    return Ears(await hass_client(), await hass_ws_client())


BODIES = {
    "nothing": b"",
    "null": b"null",
    "number": b"42",
    "text": b'"models"',
    "true": b"true",
    "empty list": b"[]",
    "empty object": b"{}",
    "list of nulls": b"[null, null]",
    "list of lists": b"[[[[]]]]",
    "page": b"<html><body>Sign in to the network</body></html>",
    "no text": b"\xff\xfe\x00\x01",
    "cut off": b'{"voices": [{"voice_id": "a',
    "two": b'{"voices": []}{"voices": []}',
    "not a number": b'[{"model_id": NaN}]',
    "infinite": b'{"character_count": 1e999, "character_limit": -1e999}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "same again": json.dumps({"voices": [], "has_more": True, "next_page_token": "x"}).encode(),
    "no pages": json.dumps({"voices": [], "has_more": True, "next_page_token": [1]}).encode(),
    "error": json.dumps({"detail": {"status": {"a": 1}, "message": ["b"]}}).encode(),
    "error list": json.dumps({"detail": [None, {"loc": 1, "msg": {}}]}).encode(),
}
BROKEN = {
    "bad gzip": Answer(b"no gzip", headers=(("Content-Encoding", "gzip"),)),
    "unknown encoding": Answer(b"[]", headers=(("Content-Encoding", "quantum"),)),
    "too short": Answer(b"[]", headers=(("Content-Length", "500"),)),
    "no content": Answer(status=204),
    "partial": Answer(b"[]", status=206),
    "not modified": Answer(status=304),
    "teapot": Answer(b"short and stout", status=418),
    "broken": Answer(b"\xff", status=500),
}
ANSWERS = (
    {name: Answer(body) for name, body in BODIES.items()}
    | BROKEN
    | {
        f"{name}, refused": Answer(body, status=status)
        for (name, body), status in zip(BODIES.items(), [400, 403, 422, 429, 503] * 5, strict=False)
    }
)


async def test_nonsense_about_the_account_is_survived(
    hass: HomeAssistant, ears: Ears, muddled: Muddled, caplog: pytest.LogCaptureFixture
) -> None:
    for name, answer in ANSWERS.items():
        muddled.muddle(answer)
        assert not await refresh(hass), name
        await check_all_is_well(hass, ears, name)
        muddled.answers.clear()
        assert await refresh(hass), name
        check_log(caplog, name)


async def fill_in_access(hass: HomeAssistant, muddled: Muddled) -> Result:
    """Fill in the first form, and leave."""
    access = {"api_key": "sk_pro", "endpoint": muddled.url}
    result = await fill_in(hass, await open_form(hass), access)
    if result["type"] is FlowResultType.FORM:
        assert "unknown" not in (result["errors"] or {}).values()
        hass.config_entries.flow.async_abort(result["flow_id"])
    return result


async def refresh(hass: HomeAssistant) -> bool:
    """Have the account read; a translated error is all that may come of it."""
    try:
        await hass.services.async_call(DOMAIN, "refresh_account", blocking=True)
    except HomeAssistantError as err:
        assert_is_told(err)
        return False
    return True


def assert_is_told(err: HomeAssistantError) -> None:
    """Check that an error is a sentence for a person."""
    assert err.translation_key
    assert str(err) != err.translation_key


async def check_all_is_well(hass: HomeAssistant, ears: Ears, message: str) -> None:
    """Check that the home speaks, and that whoever looks is answered."""
    assert decode(await ears.hear(f"Now {message}.")).seconds > 0.3
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.LOADED
    for state in hass.states.async_all():
        json.dumps(state.as_dict(), allow_nan=False, default=str)
    health = await get_system_health_info(hass, DOMAIN)
    assert await health["can_reach_server"] == "ok"


# Of the home, and of the simulator when somebody leaves it.
EXPECTED = (HomeAssistantError, ConnectionError)


def check_log(caplog: pytest.LogCaptureFixture, name: str) -> None:
    """Check that nothing broke that was not meant to: coordinators log what they refused."""
    for record in caplog.records:
        error, said = record.exc_info[1] if record.exc_info else None, record.getMessage()
        assert error is None or isinstance(error, EXPECTED), (name, said)
        assert not any(word in said for word in ("Traceback", "Unexpected", "sk_demo")), name
    caplog.clear()


WRONG = (None, True, -1, 10**30, "<b>" * 1000, [None], {"a": [1]})


def spoiled(truth: Any) -> Iterator[Any]:
    """Yield what is true with one part after the other missing or of another kind."""
    yield from WRONG
    parts: Iterable[Any] = ()
    if isinstance(truth, dict):
        parts = truth.items()
    elif isinstance(truth, list):
        parts = enumerate(truth)
    for at, inner in parts:
        for wrong in spoiled(inner):
            copy = truth.copy()
            copy[at] = wrong
            yield copy
        if isinstance(truth, dict):
            yield {name: value for name, value in truth.items() if name != at}


def shortened(truth: Any) -> Any:
    """Leave the first of each list: the others are of its kind."""
    if isinstance(truth, dict):
        return {name: shortened(value) for name, value in truth.items()}
    return [shortened(value) for value in truth[:1]] if isinstance(truth, list) else truth


@pytest.mark.parametrize("path", ACCOUNT)
async def test_every_field_may_be_of_any_kind(
    hass: HomeAssistant,
    ears: Ears,
    muddled: Muddled,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    headers = {"xi-api-key": "sk_demo"}
    whole = {"page_size": "100"} if path == "/v2/voices" else {}
    answer = await ears.http.session.get(f"{muddled.url}{path}", headers=headers, params=whole)
    truth = shortened(await answer.json())
    if path == "/v1/user":
        del truth["subscription"]
    for number, wrong in enumerate(spoiled(truth)):
        muddled.muddle(Answer(json.dumps(wrong).encode()), path)
        await (fill_in_access(hass, muddled) if path == "/v1/user" else refresh(hass))
        if number % 100 == 0:
            await check_all_is_well(hass, ears, f"number {number}")
        check_log(caplog, str(wrong)[:200])
    muddled.answers.clear()
    assert await refresh(hass)
    await check_all_is_well(hass, ears, "again")


async def test_the_form_survives_nonsense(
    hass: HomeAssistant, muddled: Muddled, caplog: pytest.LogCaptureFixture
) -> None:
    access = {"api_key": "sk_demo", "endpoint": muddled.url}
    for name, answer in ANSWERS.items():
        muddled.muddle(answer)
        result = await fill_in(hass, await open_form(hass), access)
        assert result["type"] is FlowResultType.FORM, name
        assert result["errors"] or result["step_id"] == "voice", name
        assert "unknown" not in (result["errors"] or {}).values(), name
        muddled.answers.clear()
        if result["step_id"] == "user":
            result = await fill_in(hass, result, access)
        assert result["step_id"] == "voice", name
        hass.config_entries.flow.async_abort(result["flow_id"])
        check_log(caplog, name)


async def test_a_huge_answer_is_not_taken_into_memory(
    hass: HomeAssistant, ears: Ears, muddled: Muddled
) -> None:
    bomb = gzip.compress(b" " * 40_000_000 + b"[]")
    muddled.muddle(Answer(bomb, headers=(("Content-Encoding", "gzip"),)), "/v1/models")
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call(DOMAIN, "refresh_account", blocking=True)
    # aiohttp of older releases notices a compressed one by itself.
    assert raised.value.translation_key in ("protocol_error", "cannot_connect")
    await check_all_is_well(hass, ears, "huge")


async def test_an_answer_without_end_holds_nothing_up(
    hass: HomeAssistant,
    muddled: Muddled,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    muddled.muddle(Answer(b"[" * 10, ends=False))
    entry = make_entry(muddled)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    ears = Ears(await hass_client(), await hass_ws_client())
    assert decode(await ears.hear(SENTENCE)).seconds > 0.3
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    check_log(caplog, "at the end")
