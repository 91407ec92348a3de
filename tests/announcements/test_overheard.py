"""What others have our voices say: assistants, satellites, media players, and the cache."""

import asyncio
from pathlib import Path
import sys
from typing import Any
from unittest.mock import AsyncMock

from homeassistant.components import tts
from homeassistant.components.assist_satellite.entity import AssistSatelliteState
from homeassistant.components.media_player import MediaPlayerState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.elevenlabs_streaming.announcements.overheard_announcements import (
    OverheardAnnouncements,
)
from simulator import Behaviour
from tests.helpers.assist import AGENT, Talker, furnish, talker
from tests.helpers.home import ENGINE, SARAH, make_entry, set_up
from tests.helpers.players import House

ANNOUNCER = sys.modules[OverheardAnnouncements.__module__]
SHORT = "It is half past seven."
OTHER = "The window is open."
LONG = (
    "It is half past seven, the sun has been up for an hour, and the first bus to town leaves "
    "in ten minutes from the corner."
)
SECRET = "Quincy hides zwieback in Xanten."


async def answer(house: House, satellite: Talker) -> dict[str, Any]:
    """Have somebody ask a satellite, and return what became of the answer."""
    count = len(house.outcomes) + 1
    satellite.finish.clear()
    asked = asyncio.ensure_future(satellite.asked())
    outcome = await house.over(count, step=0.05)
    satellite.finish.set()
    await asked
    return outcome


@pytest.mark.parametrize("text", [SHORT, LONG])
async def test_a_reply_has_its_captions_at_the_satellite(house: House, text: str) -> None:
    butler, hall = await furnish(house), await talker(house)
    butler.answer = text
    outcome = await answer(house, hall)
    assert (outcome["players"], outcome["message"]) == ([hall.entity_id], text)
    assert outcome["event_type"] == "finished"
    assert " ".join(filter(None, house.shown)) == text


async def test_a_reply_out_of_the_cache_has_its_captions(house: House) -> None:
    butler, hall = await furnish(house), await talker(house)
    butler.answer = SHORT
    first = await answer(house, hall)
    again = await answer(house, hall)
    assert len(house.simulator.journal.generations) == 1
    assert (again["players"], again["message"]) == ([hall.entity_id], SHORT)
    assert again["duration"] == first["duration"]
    assert again["credits"] == 0
    assert house.kinds == ["started", "finished"] * 2
    assert house.shown == [SHORT, "", SHORT, ""]


async def test_a_reply_that_the_wake_word_interrupts_is_over_at_once(house: House) -> None:
    butler, hall = await furnish(house), await talker(house)
    butler.answer = LONG
    hall.finish.clear()
    asked = asyncio.ensure_future(hall.asked())
    await house.clock.until(lambda: house.shown, step=0.05)
    began = house.clock()
    hall._set_state(AssistSatelliteState.LISTENING)
    await house.clock.until(lambda: house.outcomes)
    await house.clock.until(lambda: house.shown[-1] == "")
    assert house.clock() - began < 1
    hall.finish.set()
    await asked


async def test_two_satellites_that_answer_at_once(house: House) -> None:
    butler = await furnish(house)
    butler.answer = LONG
    both = [await talker(house), await talker(house, "Bath")]
    for satellite in both:
        satellite.finish.set()
    await asyncio.gather(*(satellite.asked() for satellite in both))
    await house.over(2)
    spoken = sorted(outcome["players"] for outcome in house.outcomes)
    assert spoken == sorted([satellite.entity_id] for satellite in both)


async def test_another_sound_instead_of_the_answer_has_no_captions(
    house: House, tmp_path: Path
) -> None:
    butler, hall = await furnish(house), await talker(house)
    butler.answer = SHORT
    await answer(house, hall)
    beep = tmp_path / "beep.mp3"
    beep.write_bytes(hall.device.audio[0])
    stream = tts.async_create_stream(house.hass, ENGINE, language="en")

    def replace(self: tts.ResultStream, message: str) -> None:
        self.async_override_result(beep)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(stream), "async_set_message", replace)
        hall.finish.set()
        await hall.asked()
        await house.clock.pass_(1)
        await house.hass.async_block_till_done(wait_background_tasks=True)
    assert house.kinds == ["started", "finished"]


async def test_a_typed_question_is_not_spoken(house: House) -> None:
    butler, hall = await furnish(house), await talker(house)
    butler.answer = SHORT
    await answer(house, hall)
    await house.hass.services.async_call(
        "conversation", "process", {"text": "What?", "agent_id": AGENT}, blocking=True
    )
    await house.clock.pass_(1)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert house.kinds == ["started", "finished"]


async def tell_satellite(house: House, message: str, *satellites: str, **data: Any) -> None:
    """Announce with Home Assistant's own action."""
    data |= {"entity_id": list(satellites), "message": message}
    await house.hass.services.async_call("assist_satellite", "announce", data, blocking=True)


async def test_home_assistant_s_own_announcement_at_satellites(house: House) -> None:
    await furnish(house)
    both = [await house.satellite(), await house.satellite("Bath")]
    names = [satellite.entity_id for satellite in both]
    await tell_satellite(house, SHORT, *names, preannounce=False)
    outcome = await house.over()
    assert (outcome["players"], outcome["message"]) == (sorted(names), SHORT)
    assert outcome["event_type"] == "finished"


async def test_the_same_out_of_the_cache(house: House) -> None:
    await furnish(house)
    hall = await house.satellite()
    await tell_satellite(house, SHORT, hall.entity_id, preannounce=False)
    first = await house.over()
    await tell_satellite(house, SHORT, hall.entity_id, preannounce=False)
    again = await house.over(2)
    assert len(house.simulator.journal.generations) == 1
    assert (again["players"], again["message"]) == ([hall.entity_id], SHORT)
    assert (again["duration"], again["credits"]) == (first["duration"], 0)


async def test_the_sound_before_an_announcement_holds_the_captions_back(house: House) -> None:
    await furnish(house)
    hall = await house.satellite(quick=False)
    told = asyncio.ensure_future(tell_satellite(house, SHORT, hall.entity_id))
    await house.settled_but(hall)
    await house.clock.pass_(1.9)
    assert house.kinds == []
    await house.clock.pass_(0.5)
    assert house.kinds == ["started"]
    hall.finished.set()
    await told
    assert (await house.over())["players"] == [hall.entity_id]


async def test_a_satellite_with_another_voice_is_not_ours(house: House) -> None:
    await furnish(house, tts_engine="tts.other", tts_language="en")
    kitchen, hall = await house.player(), await house.satellite()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    house.hass.bus.async_fire(
        "call_service",
        {
            "domain": "assist_satellite",
            "service": "announce",
            "service_data": {"entity_id": [hall.entity_id], "message": SHORT},
        },
    )
    house.hass.states.async_set(hall.entity_id, "responding")
    await house.clock.pass_(1)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert house.kinds == ["started", "finished"]


async def play_speech(house: House, message: str, *players: str, options: str = "") -> None:
    """Play speech as the media browser does, past our own action."""
    media_id = f"media-source://tts/{ENGINE}?message={message.replace(' ', '+')}{options}"
    data = {
        "entity_id": list(players),
        "media_content_id": media_id,
        "media_content_type": "music",
    }
    await house.hass.services.async_call("media_player", "play_media", data, blocking=True)


async def test_speech_from_the_media_browser(house: House) -> None:
    kitchen = await house.player()
    await play_speech(house, SHORT, kitchen.entity_id)
    outcome = await house.over()
    assert (outcome["players"], outcome["message"]) == ([kitchen.entity_id], SHORT)
    await play_speech(house, SHORT, kitchen.entity_id)
    again = await house.over(2)
    assert len(house.simulator.journal.generations) == 1
    assert (again["players"], again["message"]) == ([kitchen.entity_id], SHORT)


async def fetch_speech(house: House, message: str) -> bytes:
    """Fetch speech as a program outside does, which tells nobody where it is heard."""
    body = {"engine_id": ENGINE, "message": message}
    answer = await house.http.post("/api/tts_get_url", json=body)
    return await (await house.http.get((await answer.json())["path"])).read()


async def test_speech_that_a_program_fetches_again(house: House) -> None:
    first = await fetch_speech(house, SHORT)
    await house.over()
    assert await fetch_speech(house, SHORT) == first
    again = await house.over(2)
    assert len(house.simulator.journal.generations) == 1
    assert (again["players"], again["message"], again["credits"]) == (["unknown"], SHORT, 0)


async def test_cached_texts_that_start_at_once_all_have_their_captions(house: House) -> None:
    texts = [SHORT, OTHER, LONG]
    for count, text in enumerate(texts, 1):
        await fetch_speech(house, text)
        await house.over(count)
    streams = [tts.async_create_stream(house.hass, ENGINE) for _ in texts]
    for stream, text in zip(streams, texts, strict=True):
        stream.async_set_message(text)
    for stream in streams:
        assert b"".join([piece async for piece in stream.async_stream_result()])
    await house.over(2 * len(texts))
    assert len(house.simulator.journal.generations) == len(texts)
    assert sorted(outcome["message"] for outcome in house.outcomes[-3:]) == sorted(texts)


async def test_each_format_has_the_captions_of_its_own_take(house: House) -> None:
    formats: list[dict[str, Any]] = [
        {},
        {"preferred_format": "wav", "preferred_sample_rate": 16000},
    ]
    times: list[float] = []
    kitchen = await house.player()
    for count, options in enumerate((*formats, *formats), 1):
        house.simulator.behave(Behaviour(lead_in=0.3 * (count - 1)))
        response = await house.announce(SHORT, kitchen.entity_id, options=options)
        await house.over(count)
        captions = await (await house.http.get(response["captions"]["json"])).json()
        times.append(captions["words"][0]["start"])
    assert len(house.simulator.journal.generations) == 2
    assert times[2:] == times[:2]
    assert times[1] - times[0] == pytest.approx(0.3, abs=0.05)


async def test_speech_that_is_made_is_told_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of it is made before it is looked for.
    monkeypatch.setattr(ANNOUNCER, "_MOMENT_S", 1.0)
    await fetch_speech(house, SHORT)
    await house.settled()
    await house.clock.pass_(1.5)
    await house.over()
    await house.clock.pass_(20)
    assert house.kinds == ["started", "finished"]


async def test_a_text_beside_media_is_only_shown(house: House) -> None:
    hall = await house.satellite()
    url = f"media-source://tts/{ENGINE}?message={OTHER.replace(' ', '+')}"
    await tell_satellite(house, SHORT, hall.entity_id, media_id=url, preannounce=False)
    await house.over()
    await fetch_speech(house, SHORT)
    await house.over(2)
    found = {outcome["message"]: outcome["players"] for outcome in house.outcomes}
    assert found[SHORT] == ["unknown"]


async def test_a_group_speaks_once(house: House) -> None:
    leaves = [await house.player(), await house.player("Bath")]
    entry = MockConfigEntry(
        domain="group",
        title="Floor",
        data={},
        options={
            "group_type": "media_player",
            "name": "Floor",
            "entities": [leaf.entity_id for leaf in leaves],
            "hide_members": False,
        },
    )
    entry.add_to_hass(house.hass)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    for number in (1, 2):
        await play_speech(house, SHORT, "media_player.floor")
        await house.over(number)
        for leaf in leaves:
            leaf.tell(MediaPlayerState.IDLE)
    names = sorted(leaf.entity_id for leaf in leaves)
    assert [outcome["players"] for outcome in house.outcomes] == [names] * 2


async def test_what_grew_is_not_kept(house: House, tmp_path: Path) -> None:
    butler, hall = await furnish(house), await talker(house)
    butler.answer = LONG
    await answer(house, hall)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert kept_on_disk(tmp_path) == []
    butler.answer = SHORT
    await answer(house, hall)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert len(kept_on_disk(tmp_path)) == 2  # the audio and its captions


async def test_two_texts_at_once_are_told_apart(house: House) -> None:
    kitchen, bath = await house.player(), await house.player("Bath")
    await asyncio.gather(
        play_speech(house, SHORT, kitchen.entity_id), play_speech(house, OTHER, bath.entity_id)
    )
    await house.over(2)
    found = {outcome["message"]: outcome["players"] for outcome in house.outcomes}
    assert found == {SHORT: [kitchen.entity_id], OTHER: [bath.entity_id]}


@pytest.mark.parametrize(
    "media_id",
    [
        "media-source://tts/tts.other?message=Hello",
        f"media-source://tts/{ENGINE}",
        f"media-source://tts/{ENGINE}?message=Hello&tts_options=%7B",
        "media-source://tts/-stream-/abc",
        "media-source://tts/",
        "http://192.0.2.1/a.mp3",
        7,
    ],
)
async def test_actions_that_are_not_ours_are_left_alone(house: House, media_id: Any) -> None:
    house.hass.bus.async_fire(
        "call_service",
        {
            "domain": "media_player",
            "service": "play_media",
            "service_data": {"entity_id": "all", "media_content_id": media_id},
        },
    )
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert house.kinds == []


def kept_on_disk(folder: Path) -> list[str]:
    """Return the names of all files but the secret of the captions' store."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if path.name != "secret"]


@pytest.mark.parametrize("way", ["assist", "satellite", "media"])
async def test_private_replies_leave_nothing_on_the_disk(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "assist":
        # What Assist says must not even be written, so nothing needs to be erased.
        monkeypatch.setattr(ANNOUNCER, "async_erase", AsyncMock())
    entry = house.hass.config_entries.async_entries("elevenlabs_streaming")[0]
    subentry = next(iter(entry.subentries.values()))
    house.hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "private": True}
    )
    await house.hass.async_block_till_done(wait_background_tasks=True)
    butler = await furnish(house)
    butler.answer = SECRET
    player: Any
    if way == "assist":
        outcome = await answer(house, player := await talker(house))
    elif way == "satellite":
        player = await house.satellite()
        await tell_satellite(house, SECRET, player.entity_id, preannounce=False)
        outcome = await house.over()
    else:
        player = await house.player()
        await play_speech(house, SECRET, player.entity_id)
        outcome = await house.over()
    await house.clock.until(lambda: not kept_on_disk(tmp_path), step=0.2)
    await house.clock.pass_(12)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert kept_on_disk(tmp_path) == []
    assert (outcome["players"], outcome["message"]) == ([player.entity_id], None)
    assert not {*house.shown} - {"", "unavailable"}
    # What is not there any more must not be looked for: it is made anew.
    house.hass.data["tts_manager"].mem_cache.clear()
    if way == "media":
        player.tell(MediaPlayerState.IDLE)
        await play_speech(house, SECRET, player.entity_id)
        assert (await house.over(2))["event_type"] == "finished"
        assert len(house.simulator.journal.generations) == 2


async def test_another_voice_of_the_pipeline(house: House) -> None:
    butler, hall = await furnish(house, tts_voice=SARAH), await talker(house)
    butler.answer = SHORT
    await answer(house, hall)
    assert (await answer(house, hall))["message"] == SHORT
    assert [one.voice for one in house.simulator.journal.generations] == [SARAH]


async def test_unloading_ends_what_is_watched(hass: HomeAssistant, house: House) -> None:
    hall = await house.satellite()
    await furnish(house)
    hass.bus.async_fire(
        "call_service",
        {
            "domain": "assist_satellite",
            "service": "announce",
            "service_data": {"entity_id": [hall.entity_id], "message": SHORT},
        },
    )
    await hass.config_entries.async_reload(
        hass.config_entries.async_entries("elevenlabs_streaming")[0].entry_id
    )
    await set_up(hass, make_entry(house.simulator, key="sk_free"))
    assert house.kinds == []
