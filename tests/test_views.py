"""What players and readers fetch: audio by an address of their own, captions by a signed link."""

import asyncio
import gc
from http import HTTPStatus
import json
import re
from typing import Any
import weakref

from homeassistant.components import tts
from homeassistant.components.media_player import async_process_play_media_url
from homeassistant.components.media_source import Unresolvable, async_resolve_media
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.elevenlabs_streaming.announcements import announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.home import ENGINE, decode
from tests.helpers.players import House

SHORT = "The laundry is done."
LONG = " ".join(["The laundry is done, so please come down and fold it."] * 30)


async def test_a_player_gets_sound(house: House) -> None:
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    outcome = await house.over()
    sound = decode(kitchen.device.audio[0])
    assert sound.loudness > 0.01
    assert sound.seconds == pytest.approx(outcome["duration"], abs=0.1)


async def test_head_and_a_second_get(house: House) -> None:
    kitchen = await house.player(head_first=True, gets=2)
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    assert kitchen.device.statuses == [200, 200, 200]
    first, second = kitchen.device.audio
    assert first == second
    assert house.kinds == ["started", "finished"]


async def fetched_url(house: House) -> str:
    """Return the URL of audio that is complete."""
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    (url,) = kitchen.device.urls
    return url


async def test_complete_audio_has_a_length(house: House) -> None:
    url = await fetched_url(house)
    whole = await house.http.get(url)
    audio = await whole.read()
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.content_length == len(audio) > 10_000
    head = await house.http.head(url)
    assert head.status == HTTPStatus.OK
    for header in ("Accept-Ranges", "Content-Length", "Content-Type"):
        assert head.headers[header] == whole.headers[header]


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-1", 0, 2),
        ("bytes=0-", 0, None),
        ("bytes=100-199", 100, 200),
        ("bytes=-500", -500, None),
        ("bytes=5000-99999999", 5000, None),
    ],
)
async def test_a_range_of_complete_audio(
    house: House, wanted: str, start: int, stop: int | None
) -> None:
    url = await fetched_url(house)
    audio = await (await house.http.get(url)).read()
    answer = await house.http.get(url, headers={"Range": wanted})
    expected = audio[start:stop]
    assert await answer.read() == expected
    assert answer.content_length == len(expected)
    first, last, _ = slice(start, stop).indices(len(audio))
    if expected == audio:
        assert answer.status == HTTPStatus.OK
    else:
        assert answer.status == HTTPStatus.PARTIAL_CONTENT
        assert answer.headers["Content-Range"] == f"bytes {first}-{last - 1}/{len(audio)}"
    head = await house.http.head(url, headers={"Range": wanted})
    assert (head.status, head.headers["Content-Length"]) == (answer.status, str(len(expected)))


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=5-2"},
        {"Range": "bytes=0-1,5-6"},
        {"Range": "words=1-2"},
        {"Range": "bytes=0-1", "If-Range": '"unknown"'},
    ],
)
async def test_a_range_that_cannot_be_read_is_none(house: House, headers: dict[str, str]) -> None:
    url = await fetched_url(house)
    audio = await (await house.http.get(url)).read()
    answer = await house.http.get(url, headers=headers)
    assert (answer.status, await answer.read()) == (HTTPStatus.OK, audio)


async def test_a_range_behind_the_end_is_refused(house: House) -> None:
    url = await fetched_url(house)
    size = len(await (await house.http.get(url)).read())
    answer = await house.http.get(url, headers={"Range": f"bytes={size}-"})
    assert answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert answer.headers["Content-Range"] == f"bytes */{size}"
    assert not await answer.read()


async def test_a_player_that_fetches_in_ranges_has_not_given_up(house: House) -> None:
    kitchen = await house.player(fetches=False)
    response = await house.announce(SHORT, kitchen.entity_id)
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    part = found.parts[kitchen.entity_id]
    await house.clock.until(lambda: found.recording.state == "finished")
    url = f"/api/{DOMAIN}/audio/{part.token}.mp3?v=1"
    await (await house.http.get(url, headers={"Range": "bytes=0-1"})).read()
    await house.clock.until(lambda: not part.requests.open)
    assert part.requests.broken_off_at is None
    assert not part.requests.complete
    await (await house.http.get(url, headers={"Range": "bytes=2-"})).read()
    await house.clock.until(lambda: part.requests.complete)
    await house.over()
    assert house.kinds == ["started", "finished"]


async def test_audio_that_is_being_made_has_no_length(house: House) -> None:
    house.simulator.behave(Behaviour(stall_after=3, chunk_ms=200))
    kitchen = await house.player(fetches=False)
    response = await house.announce(LONG, kitchen.entity_id)
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    url = f"/api/{DOMAIN}/audio/{found.parts[kitchen.entity_id].token}.mp3?v=1"
    answer = await house.http.get(url, headers={"Range": "bytes=0-"})
    assert (answer.status, answer.content_length) == (HTTPStatus.OK, None)
    assert "Content-Length" not in (await house.http.head(url)).headers
    answer.close()
    await stop_speaking(house)


async def test_head_is_not_yet_a_listener(house: House) -> None:
    kitchen = await house.player(fetches=False)
    response = await house.announce(SHORT, kitchen.entity_id)
    await house.settled()
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    url = f"/api/{DOMAIN}/audio/{found.parts[kitchen.entity_id].token}.mp3"
    answer = await house.http.head(url)
    assert (answer.status, answer.content_type) == (200, "audio/mpeg")
    await house.clock.pass_(5)
    assert not house.happened
    await house.over(step=1)
    assert house.kinds == ["failed"]


async def test_addresses_need_no_login_and_cannot_be_guessed(
    house: House, hass_client_no_auth: ClientSessionGenerator
) -> None:
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    (url,) = kitchen.device.urls
    stranger = await hass_client_no_auth()
    assert (await stranger.get(url)).status == HTTPStatus.OK
    token = url.rpartition("/")[2].partition(".")[0]
    assert len(token) >= 32
    for wrong in (f"x{token}", token[:-1], "", "%20"):
        answer = await stranger.get(f"/api/{DOMAIN}/audio/{wrong}.mp3?v=1")
        assert answer.status == HTTPStatus.NOT_FOUND
        answer = await stranger.head(f"/api/{DOMAIN}/audio/{wrong}.mp3?v=1")
        assert answer.status == HTTPStatus.NOT_FOUND
    assert "authSig" not in async_process_play_media_url(house.hass, url)


async def test_an_address_dies_and_lets_go_of_the_audio(house: House) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    (url,) = kitchen.device.urls
    await house.clock.pass_(500)
    assert (await house.http.get(url)).status == HTTPStatus.OK
    await house.clock.pass_(500)
    assert (await house.http.head(url)).status == HTTPStatus.OK
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    assert found.stream
    audio = weakref.ref(found.stream)
    manager = house.hass.data[tts.DATA_TTS_MANAGER]
    manager.mem_cache.clear()
    manager.token_to_stream.clear()
    await house.clock.pass_(200)
    await house.clock.pass_(61)
    assert (await house.http.get(url)).status == HTTPStatus.NOT_FOUND
    assert (await house.http.head(url)).status == HTTPStatus.NOT_FOUND
    gc.collect()
    assert audio() is None
    with pytest.raises(Unresolvable):
        await async_resolve_media(
            house.hass,
            f"media-source://{DOMAIN}/{response['id']}/{kitchen.entity_id}",
            kitchen.entity_id,
        )
    assert (await house.http.get(response["captions"]["vtt"])).status == HTTPStatus.OK


async def test_a_failure_before_the_first_byte_is_an_error(house: House) -> None:
    house.simulator.behave(Behaviour(fail_status=500))
    kitchen = await house.player(gets=2)
    await house.announce(SHORT, kitchen.entity_id)
    await house.clock.until(lambda: len(kitchen.device.statuses) == 2)
    assert kitchen.device.statuses == [500, 500]
    await house.over(step=1)
    assert house.kinds == ["failed"]


async def test_a_player_that_comes_back_goes_on(house: House) -> None:
    house.simulator.behave(Behaviour(stall_after=3, chunk_ms=200))
    kitchen = await house.player(fetches=False)
    response = await house.announce(LONG, kitchen.entity_id)
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    part = found.parts[kitchen.entity_id]
    url = f"/api/{DOMAIN}/audio/{part.token}.mp3?v=1"
    first = await house.http.get(url)
    await first.content.readany()
    first.close()
    await house.clock.until(lambda: not part.requests.open)
    assert part.requests.broken_off_at is not None
    second = await house.http.get(url)
    await house.clock.until(lambda: part.requests.open)
    await house.clock.pass_(10)
    assert part.error is None
    second.close()
    await house.clock.until(lambda: not part.requests.open)
    await house.clock.pass_(10)
    assert str(part.error) == "The player stopped fetching the audio."
    await stop_speaking(house)


async def stop_speaking(house: House) -> None:
    """End a generation that hangs."""
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    for task in list(entry.runtime_data.active):
        task.cancel()
    await house.over()


async def test_sound_starts_before_all_is_spoken(house: House) -> None:
    house.simulator.behave(Behaviour(stall_after=3, chunk_ms=200))
    kitchen = await house.player(fetches=False)
    response = await house.announce(LONG, kitchen.entity_id)
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    token = found.parts[kitchen.entity_id].token
    answer = await house.http.get(f"/api/{DOMAIN}/audio/{token}.mp3?v=1")
    assert await asyncio.wait_for(answer.content.readany(), 5)
    assert found.recording.state == "speaking"
    answer.close()
    await stop_speaking(house)


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("vtt", "text/vtt"), ("srt", "application/x-subrip"), ("json", "application/json")],
)
async def test_captions_by_link(
    house: House,
    hass_client_no_auth: ClientSessionGenerator,
    kind: str,
    content_type: str,
) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    stranger, link = await hass_client_no_auth(), response["captions"][kind]
    bare = link.partition("?")[0]
    assert bare == f"/api/{DOMAIN}/captions/{response['id']}.{kind}"
    assert (await stranger.get(bare)).status == HTTPStatus.UNAUTHORIZED
    assert (await stranger.get(link[:-3])).status == HTTPStatus.UNAUTHORIZED
    other = link.replace(response["id"], "x" * len(response["id"]))
    assert (await stranger.get(other)).status == HTTPStatus.UNAUTHORIZED
    for answer in (await stranger.get(link), await house.http.get(bare)):
        assert (answer.status, answer.content_type) == (HTTPStatus.OK, content_type)
        check_captions(kind, await answer.text())


async def subtitles(house: House, message: str, kind: str) -> str:
    """Announce a message and return its captions as they are fetched."""
    kitchen = await house.player()
    response = await house.announce(message, kitchen.entity_id, options={"clean_text": False})
    await house.over()
    answer = await house.http.get(response["captions"][kind])
    return await answer.text()


async def test_an_address_fits_the_lines_of_subtitles(house: House) -> None:
    address = "https://example.com/" + "/".join(["abcdefgh"] * 50)
    text = await subtitles(house, f"See {address} now.", "srt")
    lines = [line for block in text.strip().split("\n\n") for line in block.split("\n")[2:]]
    assert "".join(lines).replace(" ", "") == f"See{address}now."
    assert max(map(len, lines)) <= 42


async def test_subtitles_run_from_right_to_left_where_the_text_does(house: House) -> None:
    text = await subtitles(house, "הבית חם, מוכן.", "srt")
    lines = [line for block in text.strip().split("\n\n") for line in block.split("\n")[2:]]
    assert lines
    assert all(re.fullmatch("\u202b[^\u202b\u202c]+\u202c", line) for line in lines)


async def test_every_word_can_be_styled(house: House) -> None:
    text = await subtitles(house, SHORT, "vtt")
    assert re.findall(r"<c>([^<]*)</c>", text) == SHORT.split()


def check_captions(kind: str, text: str) -> None:
    """Check that captions are of their kind."""
    if kind == "json":
        assert "laundry" in json.dumps(json.loads(text))
        return
    assert text.startswith("WEBVTT" if kind == "vtt" else "1\n")
    assert "laundry" in text
    assert "-->" in text


@pytest.mark.parametrize("name", ["nobody.vtt", "nobody.json", "{id}.txt", "{id}.mp3"])
async def test_unknown_captions(house: House, name: str) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id)
    answer = await house.http.get(f"/api/{DOMAIN}/captions/{name.format(id=response['id'])}")
    assert answer.status == HTTPStatus.NOT_FOUND
    await house.over()


async def test_only_players_of_an_announcement_resolve_it(house: House) -> None:
    with pytest.raises(Unresolvable):
        await async_resolve_media(house.hass, f"media-source://{DOMAIN}/nothing/x", "x")
    assert not house.simulator.journal.generations


@pytest.mark.parametrize(
    ("options", "content_type"),
    [
        ({"preferred_format": "wav", "preferred_sample_rate": 16000}, "audio/x-wav"),
        ({"preferred_format": "flac"}, "audio/x-flac"),
    ],
)
async def test_lost_captions_of_other_formats(
    house: House, options: dict[str, Any], content_type: str
) -> None:
    kitchen = await house.player()
    stream = tts.async_create_stream(house.hass, ENGINE, options=options)
    stream.async_set_message(SHORT)
    assert [piece async for piece in stream.async_stream_result()]
    await house.over()
    announcer(house.hass).caption_cache._recent.clear()
    await announcer(house.hass).caption_cache.async_clear()
    await house.announce(SHORT, kitchen.entity_id, options=options)
    outcome = await house.over(2)
    sound = decode(kitchen.device.audio[0])
    assert outcome["duration"] == pytest.approx(sound.seconds, rel=0.6)
    assert len(house.simulator.journal.generations) == 1
