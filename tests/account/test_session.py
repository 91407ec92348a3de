"""Whom the component speaks to, who can find what it serves, and what text from outside can do."""

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from http import HTTPStatus
import json
from pathlib import Path
import re
from typing import Any

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.media_player import BrowseError
from homeassistant.components.media_source import (
    Unresolvable,
    async_browse_media,
    async_resolve_media,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import get_system_health_info
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
import voluptuous as vol
from yarl import URL

from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Simulator
from tests.helpers.config_flow import Stranger, fill_in, fill_in_voice, open_form, open_voice
from tests.helpers.contacts import Contacts, Written, listening
from tests.helpers.dashboards import PLAYER, Dashboard
from tests.helpers.home import (
    GEORGE,
    Ears,
    decode,
    fragments,
    hear_growing,
    make_entry,
    set_up,
)
from tests.helpers.players import House

SENTENCE = "The laundry is done."
CANARY = "canary-that-nobody-may-read"

MARKUP = (
    "<script>document.title='hacked'</script>",
    "<img src=x onerror=alert(1)>",
    "</v><c.red>--> 00:00:00.000 --> 00:00:01.000",
    "one\n\n1\n00:00:00,000 --> 00:00:09,000\ntwo",
    "{\\an8}{{ states('sun.sun') }} ${x} %s {0} {key}",
    "\u202ereversed\u202c and \u200bhidden",
)
PATHS = (
    "../../secrets.yaml",
    "..%2f..%2fsecrets.yaml",
    "%2e%2e/%2e%2e/secrets.yaml",
    "%252e%252e%252fsecrets.yaml",
    "..\\..\\secrets.yaml",
    "/etc/passwd",
    "file:///etc/passwd",
    "a\x00b",
    "%00",
    "x" * 1000,
)
HOSTILE = MARKUP + PATHS


@pytest.fixture
def contacts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contacts]:
    """Watch whom this process speaks to."""
    found = Contacts()
    found.watch(monkeypatch)
    with listening(found.heard):
        yield found


@pytest.fixture
async def stranger(socket_enabled: None) -> AsyncIterator[Stranger]:
    """Run a server that is not ElevenLabs."""
    async with Stranger() as running:
        yield running


# Whom it speaks to


async def add_account(hass: HomeAssistant, simulator: Simulator) -> ConfigEntry:
    """Add an account with a voice through the forms, and change the voice."""
    access = {"api_key": "sk_demo", "endpoint": simulator.url}
    result = await fill_in(hass, await open_form(hass), access)
    voice = {"voice": GEORGE, "model": "eleven_flash_v2_5"}
    entry: ConfigEntry = (await fill_in(hass, result, voice))["result"]
    await hass.async_block_till_done(wait_background_tasks=True)
    form = await open_voice(hass, entry, "George")
    await fill_in_voice(hass, form, {**voice, "speed": 1.1})
    return entry


async def test_no_host_but_the_endpoint_is_contacted(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    contacts: Contacts,
) -> None:
    for component in ("system_health", "diagnostics"):
        assert await async_setup_component(hass, component, {})
    clients: list[TestClient[Any, Any]] = []

    async def client(*args: Any) -> TestClient[Any, Any]:
        clients.append(await hass_client(*args))
        return clients[-1]

    entry = await add_account(hass, simulator)
    ears = Ears(await client(), await hass_ws_client())
    clients.append(ears.socket.client)
    await ears.subscribe()
    for route in ("http", "websocket"):
        assert decode(await ears.hear(SENTENCE, options={"route": route})).seconds > 0.5
    assert await hear_growing(hass, fragments(SENTENCE * 3))
    response = await announce(hass, SENTENCE)
    for link in response["captions"].values():
        assert (await ears.http.get(link)).status == HTTPStatus.OK
    await look_at_everything(hass, client, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    homes = {client.server.port for client in clients}
    assert contacts.connected == {("127.0.0.1", port) for port in homes | {simulator.port}}
    assert not contacts.asked
    assert contacts.started <= {"ffmpeg"}


async def look_at_everything(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry: ConfigEntry
) -> None:
    """Open every page that tells of an account, change its options and read it anew."""
    await get_diagnostics_for_config_entry(hass, hass_client, entry)
    health = await get_system_health_info(hass, DOMAIN)
    assert await health["can_reach_server"] == "ok"
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(form["flow_id"], {"daily_budget": 100_000})
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.services.async_call(DOMAIN, "refresh_account", blocking=True)


async def announce(hass: HomeAssistant, message: str, **data: Any) -> dict[str, Any]:
    """Announce at a player that is not there, which is enough to be spoken."""
    response = await hass.services.async_call(
        DOMAIN,
        "announce",
        {"message": message, "entity_id": "media_player.nobody", **data},
        blocking=True,
        return_response=True,
    )
    assert response
    return dict(response)


async def test_the_region_of_an_account_is_the_only_name_looked_up(
    hass: HomeAssistant,
    simulator: Simulator,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    contacts: Contacts,
) -> None:
    await set_up(hass, make_entry(simulator, endpoint="eu"))
    ears = Ears(await hass_client(), await hass_ws_client())
    for route in ("http", "websocket"):
        await ears.hear(SENTENCE, status=500, options={"route": route})
    assert contacts.asked == {"api.eu.residency.elevenlabs.io"}
    assert contacts.connected <= {("127.0.0.1", ears.http.server.port)} | {
        ("127.0.0.1", ears.socket.client.server.port)
    }


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_does_not_take_the_key_along(
    hass: HomeAssistant,
    simulator: Simulator,
    stranger: Stranger,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    status: int,
) -> None:
    stranger.status = status
    stranger.headers = {"Location": f"{simulator.url}/v1/models"}
    form = await fill_in(
        hass, await open_form(hass), {"api_key": "sk_demo", "endpoint": stranger.url}
    )
    assert form["errors"]
    await set_up(hass, make_entry(simulator, endpoint=stranger.url))
    ears = Ears(await hass_client(), await hass_ws_client())
    for route in ("http", "websocket"):
        await ears.hear(SENTENCE, status=500, options={"route": route})
    assert not simulator.journal.requests


async def test_a_look_at_the_health_follows_nobody(
    hass: HomeAssistant, simulator: Simulator, stranger: Stranger
) -> None:
    stranger.status, stranger.headers = 302, {"Location": f"{simulator.url}/"}
    await async_setup_component(hass, "system_health", {})
    await set_up(hass, make_entry(simulator, endpoint=stranger.url))
    health = await get_system_health_info(hass, DOMAIN)
    assert await health["can_reach_server"] == "ok"
    assert "/" in stranger.paths
    assert not simulator.journal.requests


# Who can find what it serves


def bits_of(names: list[str], size: int) -> list[float]:
    """Return for each bit of names in base64 how often it is set."""
    raw = [base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)) for name in names]
    assert {len(one) for one in raw} == {size}
    numbers = [int.from_bytes(one) for one in raw]
    return [sum(number >> at & 1 for number in numbers) / len(raw) for at in range(8 * size)]


async def test_names_in_addresses_are_pure_chance(house: House) -> None:
    tokens, numbers = [], []
    for _ in range(120):
        response = await house.announce(SENTENCE, "media_player.nobody")
        links = await links_of(house, response["id"])
        tokens.append(token_in(links["audio"]["url"]))
        numbers.append(response["id"])
    assert len({*tokens, *numbers}) == 240
    # Chance strays so far from one half about once in ten billion runs.
    assert all(0.2 < share < 0.8 for share in bits_of(tokens, 24) + bits_of(numbers, 12))


def token_in(url: str) -> str:
    """Return what an address of audio is known by."""
    return URL(url).name.partition(".")[0]


async def links_of(house: House, announcement: str) -> dict[str, Any]:
    """Ask for the addresses of an announcement."""
    await house.socket.send_json_auto_id(
        {"type": f"{DOMAIN}/announcement/links", "announcement_id": announcement}
    )
    answer = await house.socket.receive_json()
    assert answer["success"], answer
    return dict(answer["result"])


async def test_each_player_has_an_address_of_its_own(house: House) -> None:
    kitchen, hall = await house.player("Kitchen"), await house.player("Hall")
    await house.announce(SENTENCE, kitchen.entity_id, hall.entity_id)
    await house.over()
    (first,), (second,) = kitchen.device.urls, hall.device.urls
    assert token_in(first) != token_in(second)


async def test_an_address_to_hear_something_again_dies(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    kitchen = await house.player()
    response = await house.announce(SENTENCE, kitchen.entity_id)
    await house.over()
    stranger = await hass_client_no_auth()
    url = (await links_of(house, response["id"]))["audio"]["url"]
    assert (await stranger.get(url)).status == HTTPStatus.OK
    await house.clock.pass_(601)
    await house.clock.pass_(61)
    for address in (url, *kitchen.device.urls):
        assert (await stranger.get(address)).status == HTTPStatus.NOT_FOUND


async def test_links_to_captions_end_within_the_hour(
    ears: Ears,
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    response = await announce(hass, SENTENCE)
    stranger = await hass_client_no_auth()
    links: dict[str, str] = response["captions"]
    vtt = URL(links["vtt"])
    other_kind = str(vtt.with_name(f"{response['id']}.json").with_query(vtt.query))
    freezer.tick(3500)
    for link in links.values():
        assert (await stranger.get(link)).status == HTTPStatus.OK
    assert (await stranger.get(other_kind)).status == HTTPStatus.UNAUTHORIZED
    freezer.tick(200)
    for link in links.values():
        assert (await stranger.get(link)).status == HTTPStatus.UNAUTHORIZED
        assert CANARY not in link


# What text from outside can do


def quoted(text: str) -> str:
    """Return a text as it may stand in a path, without making `%2e` harmless first."""
    return text if "%" in text else str(URL.build(path=f"/{text}"))[1:]


@pytest.mark.parametrize(
    "place",
    [
        "/api/elevenlabs_streaming/audio/{}.mp3",
        "/api/elevenlabs_streaming/audio/token.{}",
        "/api/elevenlabs_streaming/captions/{}.vtt",
        "/api/elevenlabs_streaming/captions/{}",
        "/elevenlabs_streaming_files/{}",
        "/elevenlabs_streaming_files/../{}",
    ],
)
async def test_a_path_leads_nowhere(ears: Ears, place: str) -> None:
    for text in (*HOSTILE, "../manifest.json", "..%2fmanifest.json", "%2e%2e%2fconst.py"):
        answer = await ears.http.get(URL(place.format(quoted(text)), encoded=True))
        body = await answer.text()
        assert answer.status in (400, 403, 404, 414), text
        secrets = ("root:", "<script>", "<img", "api_key", '"domain"', "DOMAIN")
        assert not any(secret in body for secret in secrets), text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_is_said_stays_text(house: House, tmp_path: Path, text: str) -> None:
    written = Written()
    kitchen = await house.player()
    message = f"Say {text} now."
    with listening(written.heard):
        response = await house.announce(message, kitchen.entity_id)
        outcome = await house.over()
        await house.hass.async_block_till_done(wait_background_tasks=True)
    assert outcome["message"] == message
    assert decode(kitchen.device.audio[0]).seconds > 0.2
    for kind, link in response["captions"].items():
        answer = await house.http.get(link)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        check_is_only_text(kind, await answer.text())
    check_paths(house.simulator)
    check_written(written, tmp_path)


def check_is_only_text(kind: str, captions: str) -> None:
    """Check that nothing in captions is more than text to whoever shows them."""
    if kind == "json":
        json.loads(captions)
        return
    lines = captions.splitlines()
    times = [line for line in lines if "-->" in line]
    assert all(re.fullmatch(r"[\d:.,]+ --> [\d:.,]+", line) for line in times)
    rest = "\n".join(line for line in lines if line not in times)
    tag = r"<(?!\d\d:|/?c>)" if kind == "vtt" else r"<[/a-zA-Z]|\{\\"
    assert not re.search(tag, rest), rest
    assert "\0" not in captions


def check_paths(simulator: Simulator) -> None:
    """Check that the service was asked for nothing but what the component knows to ask for."""
    known = r"/v1/(models|user(/subscription)?|text-to-speech/[\w-]+(/[a-z-]+){1,2})|/v2/voices"
    for request in simulator.journal.requests:
        assert re.fullmatch(known, request.path), request.path


def check_written(written: Written, folder: Path) -> None:
    """Check that files were written where they belong, under names that are nobody's text."""
    for path in written.paths:
        assert path.is_relative_to(folder), path
        for name in path.relative_to(folder).parts:
            assert re.fullmatch(r"\w[\w.-]{0,150}", name), path


@pytest.mark.parametrize("name", ["voice", "model", "route", "language", "engine", "stability"])
async def test_what_is_chosen_stays_a_choice(house: House, tmp_path: Path, name: str) -> None:
    written, places = Written(), ("language", "engine")
    with listening(written.heard):
        for text in HOSTILE:
            asked = {name: text} if name in places else {"options": {name: text}}
            with suppress(HomeAssistantError, vol.Invalid):
                await house.announce(SENTENCE, "media_player.nobody", **asked)
        await house.settled()
        await house.hass.async_block_till_done(wait_background_tasks=True)
    check_paths(house.simulator)
    check_written(written, tmp_path)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_a_medium_of_any_name_is_nothing(house: House, text: str) -> None:
    for identifier in (text, f"{text}/{text}", f"x/{text}"):
        address = f"media-source://{DOMAIN}/{identifier}"
        with pytest.raises((Unresolvable, ValueError)):
            await async_resolve_media(house.hass, address, "media_player.nobody")
        with pytest.raises((BrowseError, ValueError)):
            await async_browse_media(house.hass, address)


@pytest.mark.parametrize("scheme", ["javascript:", "data:text/html,", "file://", "vbscript:", ""])
async def test_a_dashboard_plays_only_sound(
    house: House, hass_ws_client: WebSocketGenerator, scheme: str
) -> None:
    page = Dashboard(house, await hass_ws_client(), "page")
    await page.connect()
    for text in HOSTILE:
        played = {
            "entity_id": PLAYER,
            "media_content_id": f"{scheme}{text}",
            "media_content_type": "music",
        }
        with suppress(HomeAssistantError):
            await house.hass.services.async_call(
                "media_player", "play_media", played, blocking=True
            )
    await page.listen()
    media = [event["media"] for event in page.events if event.get("media")]
    assert all(re.match(r"(https?:/|/[^/])", medium["url"]) for medium in media)


async def test_what_a_dashboard_says_stays_text(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    page = Dashboard(house, await hass_ws_client(), "page")
    for text in HOSTILE:
        answer = await page.connect(client=text, name=text)
        assert answer["success"] == (len(text) <= 64), text
        if answer["success"]:
            state = house.hass.states.get(PLAYER)
            assert state
            assert text in state.attributes["dashboards"]
        assert (await page.send("report", **report(text)))["success"] == answer["success"]
    assert not [event for event in page.events if event.get("media")]


def report(text: str) -> dict[str, Any]:
    """Return a report about a sound that nobody asked for."""
    return {
        "entity_id": PLAYER,
        "client": text[:64],
        "slot": text[:64],
        "state": "playing",
        "position": 1.0,
        "error": text,
    }


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_what_the_service_calls_things_stays_text(
    hass: HomeAssistant,
    stranger: Stranger,
    hass_client: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    text: str,
) -> None:
    voice = {"voice_id": text, "name": text, "category": text, "labels": {"accent": text}}
    model = {"model_id": text, "name": text, "can_do_text_to_speech": True}
    listed = [voice, voice | {"voice_id": GEORGE}]
    stranger.answer_at("/voices", 200, {"voices": listed, "has_more": False})
    stranger.answer_at("/models", 200, [model, model | {"model_id": "eleven_flash_v2_5"}])
    stranger.answer_at("/user", 200, {"user_id": text})
    stranger.answer_at("/subscription", 200, {"tier": text})
    result = await fill_in(
        hass, await open_form(hass), {"api_key": "sk_demo", "endpoint": stranger.url}
    )
    made = await fill_in(hass, result, {"voice": GEORGE, "model": "eleven_flash_v2_5"})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert made["result"].state is ConfigEntryState.LOADED
    (engine,) = hass.states.async_entity_ids("tts")
    names = hass.states.async_entity_ids()
    assert all(re.fullmatch(r"[a-z_]+\.[a-z0-9_]{1,255}", name) for name in names)
    socket = await hass_ws_client()
    await socket.send_json_auto_id(
        {"type": "tts/engine/voices", "engine_id": engine, "language": "en"}
    )
    voices = (await socket.receive_json())["result"]["voices"]
    assert voices == [{"voice_id": GEORGE, "name": text}, {"voice_id": text, "name": text}]
    asked = {"engine_id": engine, "message": SENTENCE, "options": {"voice": text}}
    ears = Ears(await hass_client(), socket)
    answer = await ears.http.post("/api/tts_get_url", json=asked)
    assert (await ears.http.get((await answer.json())["path"])).status == 500
    spoken = [path for path in stranger.paths if "text-to-speech" in path]
    assert all(f"/{GEORGE}/" in path for path in spoken)


def test_the_card_makes_no_markup_of_text() -> None:
    source = Path(__file__).parents[2] / "card" / "src"
    ways = r"(inner|outer|Adjacent)HTML|unsafe\w*\(|document\.write|\beval\(|new Function"
    files = list(source.rglob("*.ts"))
    assert len(files) > 5
    for path in files:
        text = path.read_text(encoding="utf-8")
        if path.name == "base.ts":
            # The style sheets of the card's own files.
            text = re.sub(r"unsafeCSS\((shared|own)\)", "", text)
        assert not re.search(ways, text), path
