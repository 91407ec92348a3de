"""What entities and subscribers tell while something is being spoken."""

from typing import Any

from homeassistant.components import tts
from homeassistant.components.media_player import MediaPlayerState
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.elevenlabs_streaming.announcements import announcer, async_setup_announcer
from custom_components.elevenlabs_streaming.const import DOMAIN
from simulator import Behaviour
from tests.helpers.home import GEORGE, SARAH, make_entry, set_up
from tests.helpers.players import House

SHORT = "The laundry is done."
LONG = (
    "The laundry is done, so please come down. The soup is hot and needs a pinch of salt. "
    "Somebody rang at the door a minute ago. The train to the coast is late by an hour."
)
DELAY = "number.elevenlabs_george_caption_delay_of_kitchen"


def position(house: House, announcement_id: str, player: str) -> float:
    """Return where a player is now."""
    found = announcer(house.hass).registry.find(announcement_id)
    assert found
    told = found.players(house.hass.loop.time())[player]["position"]
    assert told is not None
    return float(told)


async def test_the_sensor_follows_cue_by_cue(house: House) -> None:
    kitchen = await house.player()
    await house.announce(LONG, kitchen.entity_id)
    await house.over(step=0.1)
    assert len(house.shown) > 3
    assert house.shown[-1] == ""
    assert " ".join(text for text in house.shown if text) == LONG


async def test_the_sensor_stays_while_a_long_number_is_read_out(house: House) -> None:
    kitchen = await house.player()
    number = "DE89370400440532013000"
    await house.announce(f"{number} is right.", kitchen.entity_id, options={"speed": 0.7})
    outcome = await house.over(step=0.1)
    assert outcome["duration"] > 8
    assert house.shown[-1] == ""
    assert " ".join(house.shown[:-1]) == f"{number} is right."


async def test_pause_holds_the_captions(house: House) -> None:
    kitchen = await house.player()
    response = await house.play(kitchen, LONG)
    await house.clock.pass_(1)
    kitchen.tell(MediaPlayerState.PAUSED)
    await house.clock.pass_(0)
    held = position(house, response["id"], kitchen.entity_id)
    await house.clock.pass_(60)
    assert position(house, response["id"], kitchen.entity_id) == held
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.clock.pass_(1)
    now = position(house, response["id"], kitchen.entity_id)
    assert held + 0.5 < now < held + 1.6
    await house.over()
    assert house.kinds == ["started", "finished"]


async def test_captions_wait_for_a_player_that_ran_dry(house: House) -> None:
    kitchen = await house.player()
    response = await house.play(kitchen, LONG)
    await house.clock.pass_(2)
    kitchen.tell(MediaPlayerState.BUFFERING)
    before = position(house, response["id"], kitchen.entity_id)
    await house.clock.pass_(5)
    assert position(house, response["id"], kitchen.entity_id) == pytest.approx(before, abs=0.02)
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.clock.pass_(1)
    after = position(house, response["id"], kitchen.entity_id)
    assert after == pytest.approx(before + 1, abs=0.1)
    assert (await house.over())["event_type"] == "finished"


async def test_a_pause_without_end_ends(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    kitchen.tell(MediaPlayerState.PAUSED)
    await house.clock.pass_(590)
    assert not house.outcomes
    await house.clock.pass_(20)
    assert house.outcomes[-1]["errors"] == {kitchen.entity_id: "The player stayed paused."}


async def test_a_stop_in_the_middle(house: House) -> None:
    kitchen = await house.player()
    response = await house.play(kitchen, LONG)
    await house.clock.pass_(1)
    kitchen.tell(MediaPlayerState.IDLE)
    await house.clock.pass_(0)
    assert house.kinds == ["started", "finished"]
    assert house.shown[-1] == ""
    found = announcer(house.hass).registry.find(response["id"])
    assert found
    assert found.players(house.hass.loop.time())[kitchen.entity_id]["state"] == "stopped"


@pytest.mark.parametrize("sought", [7.25, 1.25])
async def test_a_seek_is_followed(house: House, sought: float) -> None:
    kitchen = await house.player()
    response = await house.play(kitchen, LONG)
    kitchen.tell(MediaPlayerState.PLAYING, position=0.25)
    await house.clock.pass_(4)
    kitchen.tell(MediaPlayerState.PLAYING, position=sought)
    await house.clock.pass_(0)
    where = position(house, response["id"], kitchen.entity_id)
    if sought > 4:
        assert where == pytest.approx(sought, abs=0.2)
    else:
        assert where < 4
    kitchen.tell(MediaPlayerState.IDLE)
    await house.over()


async def test_reported_positions_correct_without_a_step_back(house: House) -> None:
    kitchen = await house.player()
    response = await house.play(kitchen, LONG)
    await house.clock.pass_(2)
    before = position(house, response["id"], kitchen.entity_id)
    kitchen.tell(MediaPlayerState.PLAYING, position=1.2)
    await house.clock.pass_(0)
    seen = [position(house, response["id"], kitchen.entity_id)]
    for _ in range(20):
        await house.clock.pass_(0.2)
        seen.append(position(house, response["id"], kitchen.entity_id))
    assert seen[0] >= before - 0.01
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(5.2, abs=0.3)
    await house.over()


async def test_a_number_per_player_that_played(house: House) -> None:
    kitchen = await house.player()
    away = await house.player("Away", available=False)
    await house.announce(SHORT, kitchen.entity_id, away.entity_id, "media_player.ghost")
    await house.over()
    numbers = house.hass.states.async_entity_ids("number")
    assert len(numbers) == 1
    state = house.hass.states.get(numbers[0])
    assert state
    assert float(state.state) == 0
    assert "Kitchen" in state.name


async def set_delay(house: House, value: float) -> str:
    """Set the delay of the only player, and return the number."""
    (number,) = house.hass.states.async_entity_ids("number")
    data = {"entity_id": number, "value": value}
    await house.hass.services.async_call("number", "set_value", data, blocking=True)
    return number


async def test_the_delay_stays_over_reload_rename_and_restart(
    house: House, hass_storage: dict[str, Any]
) -> None:
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    number = await set_delay(house, 1.5)
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)

    async def kept() -> float:
        assert await house.hass.config_entries.async_reload(entry.entry_id)
        await house.hass.async_block_till_done(wait_background_tasks=True)
        assert house.hass.states.async_entity_ids("number") == [number]
        state = house.hass.states.get(number)
        assert state
        return float(state.state)

    assert await kept() == 1.5
    er.async_get(house.hass).async_update_entity(
        kitchen.entity_id, new_entity_id="media_player.galley"
    )
    await house.hass.async_block_till_done()
    assert await kept() == 1.5
    await house.clock.pass_(31)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    (stored,) = hass_storage[f"{DOMAIN}.players"]["data"].values()
    assert stored["set"] == 1.5
    await async_setup_announcer(house.hass)
    assert await kept() == 1.5
    assert announcer(house.hass).delays.of("media_player.galley").set == 1.5


async def test_the_delay_shifts_the_captions(house: House) -> None:
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    kitchen.tell(MediaPlayerState.IDLE)
    await set_delay(house, 2)
    response = await house.announce(LONG, kitchen.entity_id)
    await house.settled()
    await house.clock.pass_(5)
    assert 2.3 < position(house, response["id"], kitchen.entity_id) < 3.2
    await house.over(2)


async def test_captions_come_earlier_with_a_delay_below_zero(house: House) -> None:
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    kitchen.tell(MediaPlayerState.IDLE)
    await set_delay(house, -2)
    response = await house.announce(LONG, kitchen.entity_id)
    await house.settled()
    await house.clock.pass_(5)
    assert 6.3 < position(house, response["id"], kitchen.entity_id) < 7.2
    await house.over(2)


async def test_the_delay_can_be_found_while_listening(house: House) -> None:
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    kitchen.tell(MediaPlayerState.IDLE)
    response = await house.play(kitchen, LONG)
    await house.settled()
    await house.clock.pass_(2)
    before = position(house, response["id"], kitchen.entity_id)
    await set_delay(house, 1)
    assert position(house, response["id"], kitchen.entity_id) >= before
    await house.clock.pass_(2.5)
    assert 1.4 < position(house, response["id"], kitchen.entity_id) - before < 1.6
    await house.over(2)


async def test_two_entries_show_one_number(house: House) -> None:
    kitchen = await house.player()
    await set_up(house.hass, make_entry(house.simulator))
    await house.announce(SHORT, kitchen.entity_id, engine="tts.elevenlabs_george")
    await house.over()
    assert len(house.hass.states.async_entity_ids("number")) == 1
    assert house.kinds == ["started", "finished"]
    second = house.hass.states.get("event.elevenlabs_george_announcement_2")
    assert second
    assert second.state == "unknown"


async def test_the_numbers_stay_when_their_account_goes(house: House) -> None:
    kitchen = await house.player()
    await set_up(house.hass, make_entry(house.simulator))
    await house.announce(SHORT, kitchen.entity_id, engine="tts.elevenlabs_george")
    await house.over()
    await set_delay(house, 1.5)
    first, _ = house.hass.config_entries.async_entries(DOMAIN)
    await house.hass.config_entries.async_remove(first.entry_id)
    await house.hass.async_block_till_done(wait_background_tasks=True)
    (number,) = house.hass.states.async_all("number")
    assert number.state == "1.5"


async def subscribe(socket: Any) -> None:
    """Subscribe to the captions."""
    await socket.send_json_auto_id({"type": f"{DOMAIN}/captions/subscribe"})
    assert (await socket.receive_json())["success"]


async def received(house: House, socket: Any, until: str = "finished") -> list[dict[str, Any]]:
    """Return the messages up to the one with a player in a state."""
    messages: list[dict[str, Any]] = []
    while True:
        message = (await socket.receive_json())["event"]
        messages.append(message)
        players = message.get("players") or message.get("track", {}).get("players", {})
        if any(told["state"] == until for told in players.values()):
            return messages


async def test_subscribers_get_track_words_and_playback(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    sockets = [house.socket, await hass_ws_client(), await hass_ws_client()]
    for socket in sockets:
        await subscribe(socket)
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    told = [await received(house, socket) for socket in sockets]
    assert told[0] == told[1] == told[2]
    assert {message["type"] for message in told[0]} == {"track", "words", "playback"}
    words = [word for message in told[0] for word in message.get("words", ())]
    assert " ".join(word["text"] for word in words) == SHORT
    tracks = [message["track"] for message in told[0] if message["type"] == "track"]
    assert {track["id"] for track in tracks} == {response["id"]}
    assert (tracks[0]["state"], tracks[-1]["state"]) == ("speaking", "finished")
    plays = [message["players"] for message in told[0] if message["type"] == "playback"]
    positions = [item[kitchen.entity_id]["position"] for item in plays if kitchen.entity_id in item]
    known = [place for place in positions if place is not None]
    assert known
    assert known == sorted(known)


ERROR = {"error", "cause", "placeholders"}
PLAYER = {"state", "place", "position", "intro", *ERROR}
TRACK = {
    "id", "engine", "voice", "language", "message", "private", "priority", "route", "state",
    "duration", "estimated", "age", "fallback", "words", "cues", "players", "can_acknowledge",
    *ERROR,
}  # fmt: skip


async def test_the_channel_has_the_fields_of_the_readme(house: House) -> None:
    await subscribe(house.socket)
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    messages = await received(house, house.socket)
    for message in messages:
        assert (
            message.keys()
            == {
                "track": {"type", "track"},
                "words": {"type", "id", "words", "cues"},
                "playback": {"type", "id", "players", "can_acknowledge", *ERROR},
            }[message["type"]]
        )
        track = message.get("track", message)
        assert message["type"] != "track" or track.keys() == TRACK
        assert all(word.keys() >= {"text", "start", "end"} for word in track.get("words", ()))
        cues = track.get("cues", ())
        assert all(cue.keys() == {"first", "after", "split", "end"} for cue in cues)
        players = track.get("players", {})
        assert all(one.keys() == PLAYER for one in players.values())
    assert {message["type"] for message in messages} == {"track", "words", "playback"}
    states = [one["track"]["state"] for one in messages if one["type"] == "track"]
    assert states == ["speaking", "finished"]


async def test_errors_come_with_what_a_reader_needs_to_translate_them(house: House) -> None:
    await subscribe(house.socket)
    kitchen = await house.player(failure=HomeAssistantError("The fuse is blown."))
    nope = "media_player.nope"
    response = await house.announce(SHORT, kitchen.entity_id, nope)
    missing = {
        "error": f"There is no player {nope}.",
        "cause": "player_not_found",
        "placeholders": {"player": nope},
    }
    blown = {"error": "The fuse is blown.", "cause": "player_failed", "placeholders": {}}
    for player, error in ((nope, missing), (kitchen.entity_id, blown)):
        told = response["players"][player]
        assert {key: told[key] for key in ERROR} == error
    outcome = await house.over()
    assert outcome["errors"][nope] == f"There is no player {nope}."
    assert outcome["causes"][nope] == "player_not_found"
    messages = await received(house, house.socket, "failed")
    told = messages[-1].get("track", messages[-1])
    while told["players"][kitchen.entity_id]["state"] != "failed":
        message = (await house.socket.receive_json())["event"]
        told = message.get("track", message)
    for player, error in ((nope, missing), (kitchen.entity_id, blown)):
        assert {key: told["players"][player][key] for key in ERROR} == error
    assert told["cause"] in ("player_not_found", "player_failed")
    texts = await async_get_translations(house.hass, "en", "exceptions", {DOMAIN})
    text = texts[f"component.{DOMAIN}.exceptions.{told['cause']}.message"]
    assert text.format(**told["placeholders"])


async def test_a_failure_of_the_speech_is_that_of_the_announcement(house: House) -> None:
    await subscribe(house.socket)
    house.simulator.behave(Behaviour(quota=True))
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    messages = await received(house, house.socket, "failed")
    told = messages[-1].get("track", messages[-1])
    for one in (told, told["players"][kitchen.entity_id]):
        assert (one["cause"], one["placeholders"]) == ("quota_exceeded", {})
        assert "run out of credits" in one["error"]


async def test_where_somebody_hears_it_only_the_player_has_a_cause(house: House) -> None:
    await subscribe(house.socket)
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id, "media_player.nope")
    await house.over()
    messages = await received(house, house.socket)
    told = messages[-1].get("track", messages[-1])
    assert told["players"]["media_player.nope"]["cause"] == "player_not_found"
    assert (told["error"], told["cause"], told["placeholders"]) == (None, None, {})


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "George"),
        ({"voice": "Sarah"}, "Sarah"),
        ({"voice": SARAH}, "Sarah"),
        ({"voice": GEORGE}, "George"),
        ({"voice": "AAAAAAAAAAAAAAAAAAAA"}, None),
    ],
)
async def test_the_voice_has_the_name_that_people_know(
    house: House, options: dict[str, Any], name: str | None
) -> None:
    kitchen = await house.player()
    await house.announce(SHORT, kitchen.entity_id, options=options, priority="high")
    await house.over()
    (track,) = await history(house, 1)
    assert (track["voice"], track["priority"]) == (name, "high")


async def test_a_voice_that_its_user_renamed_is_called_so(house: House) -> None:
    kitchen = await house.player()
    entities = er.async_get(house.hass)
    device_id = entities.entities["tts.elevenlabs_george"].device_id
    assert device_id
    dr.async_get(house.hass).async_update_device(device_id, name_by_user="ElevenLabs Butler")
    await house.announce("One.", kitchen.entity_id)
    await house.over()
    entities.async_update_entity("tts.elevenlabs_george", name="The old man")
    await house.announce("Two.", kitchen.entity_id)
    await house.over(2)
    assert [track["voice"] for track in await history(house, 2)] == ["Butler", "The old man"]


async def test_a_late_subscriber_gets_the_current_state(house: House) -> None:
    kitchen = await house.player()
    response = await house.play(kitchen, LONG)
    await house.settled()
    await house.clock.pass_(2)
    await subscribe(house.socket)
    message = (await house.socket.receive_json())["event"]
    assert message["type"] == "track"
    track = message["track"]
    assert (track["id"], track["state"]) == (response["id"], "finished")
    assert " ".join(word["text"] for word in track["words"]) == LONG
    assert 1 < track["players"][kitchen.entity_id]["position"] < 3
    await house.over()
    assert announcer(house.hass).registry._subscribers._listeners
    await house.socket.close()
    await house.clock.until(lambda: not announcer(house.hass).registry._subscribers._listeners)


def assemble(messages: list[dict[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
    """Put words and cues together as a reader of the channel does."""
    words: list[str] = []
    cues: list[dict[str, Any]] = []
    for message in messages:
        if message["type"] != "words":
            continue
        words += [word["text"] for word in message["words"]]
        first = message["cues"][0]["first"]
        cues = [cue for cue in cues if cue["first"] < first] + message["cues"]
    return words, cues


async def test_cues_come_with_the_words(house: House) -> None:
    await subscribe(house.socket)
    house.simulator.behave(Behaviour(chunk_ms=300))
    kitchen = await house.player()
    await house.announce(LONG, kitchen.entity_id)
    await house.over()
    messages = await received(house, house.socket)
    words, cues = assemble(messages)
    track = [message["track"] for message in messages if message["type"] == "track"][-1]
    assert " ".join(words) == LONG
    assert [(cue["first"], cue["after"], cue["split"]) for cue in cues] == [
        (cue["first"], cue["after"], cue["split"]) for cue in track["cues"]
    ]
    assert [cue["first"] for cue in cues] == [0, *(cue["after"] for cue in cues[:-1])]
    assert cues[-1]["after"] == len(words)
    assert len(cues) > 1
    for cue in track["cues"]:
        split = cue["split"] or cue["after"]
        lines = [" ".join(words[cue["first"] : split]), " ".join(words[split : cue["after"]])]
        assert max(map(len, lines)) <= 42
        assert cue["end"] > track["words"][cue["first"]]["start"]


async def history(house: House, count: int) -> list[dict[str, Any]]:
    """Subscribe, and return what was told of what is over."""
    await house.socket.send_json_auto_id({"type": f"{DOMAIN}/captions/subscribe", "history": count})
    assert (await house.socket.receive_json())["success"]
    await house.socket.send_json_auto_id({"type": "ping"})
    found = []
    while (message := await house.socket.receive_json())["type"] != "pong":
        found.append(message["event"]["track"])
    return found


async def test_what_is_over_is_told_to_those_who_ask(house: House) -> None:
    kitchen = await house.player()
    for number, text in enumerate(("One.", "Two.", "Three."), 1):
        await house.announce(text, kitchen.entity_id)
        await house.over(number)
    await house.clock.pass_(100)
    assert await history(house, 0) == []
    assert [track["message"] for track in await history(house, 2)] == ["Two.", "Three."]
    tracks = await history(house, 50)
    assert [track["message"] for track in tracks] == ["One.", "Two.", "Three."]
    assert tracks[0]["age"] > tracks[2]["age"] > 100
    await house.socket.send_json_auto_id({"type": f"{DOMAIN}/captions/subscribe", "history": 51})
    assert (await house.socket.receive_json())["error"]["code"] == "invalid_format"


async def links(connect: WebSocketGenerator, announcement_id: str) -> dict[str, Any]:
    """Ask where an announcement can be heard and read again."""
    socket = await connect()
    await socket.send_json_auto_id(
        {"type": f"{DOMAIN}/announcement/links", "announcement_id": announcement_id}
    )
    return dict(await socket.receive_json())


async def test_hearing_it_again_makes_and_tells_nothing_anew(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    for _ in range(2):
        found = (await links(hass_ws_client, response["id"]))["result"]
        answer = await house.http.get(found["audio"]["url"])
        assert answer.status == 200
        assert answer.content_type == found["audio"]["mime_type"] == "audio/mpeg"
        assert await answer.read() == kitchen.device.audio[0]
        assert (await house.http.get(found["captions"]["vtt"])).status == 200
        # After a while the audio is let go and comes out of Home Assistant's cache again.
        await house.clock.pass_(700)
        await house.clock.pass_(700)
    assert house.kinds == ["started", "finished"]
    assert len(house.simulator.journal.generations) == 1


async def test_hearing_again_what_home_assistant_has_forgotten(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    await house.clock.pass_(700)
    await house.clock.pass_(700)
    await house.hass.services.async_call("tts", "clear_cache", blocking=True)
    found = (await links(hass_ws_client, response["id"]))["result"]
    answer = await house.http.get(found["audio"]["url"])
    assert (answer.status, len(await answer.read()) > 1000) == (200, True)
    assert len(house.simulator.journal.generations) == 2
    await house.settled()
    await house.clock.pass_(20)
    assert house.kinds == ["started", "finished"]


async def test_asking_for_links_costs_nothing_and_tells_what_hearing_it_would(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id)
    await house.over()
    assert (await links(hass_ws_client, response["id"]))["result"]["cached"]
    await house.clock.pass_(700)
    await house.clock.pass_(700)
    # It was released, and Home Assistant has it.
    assert (await links(hass_ws_client, response["id"]))["result"]["cached"]
    await house.clock.pass_(700)
    await house.clock.pass_(700)
    await house.hass.services.async_call("tts", "clear_cache", blocking=True)
    for _ in range(2):
        found = (await links(hass_ws_client, response["id"]))["result"]
        assert not found["cached"]
    await house.settled()
    assert len(house.simulator.journal.generations) == 1
    assert (await house.http.get(found["audio"]["url"])).status == 200
    await house.settled()
    assert len(house.simulator.journal.generations) == 2
    assert (await links(hass_ws_client, response["id"]))["result"]["cached"]


@pytest.mark.parametrize("cache", [True, False])
async def test_what_is_not_to_be_cached_costs_credits_again(
    house: House, hass_ws_client: WebSocketGenerator, cache: bool
) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id, cache=cache)
    await house.over()
    await house.hass.async_block_till_done(wait_background_tasks=True)
    for _ in range(2):
        await house.clock.pass_(700)
    manager = house.hass.data[tts.DATA_TTS_MANAGER]
    manager.mem_cache.clear()
    found = (await links(hass_ws_client, response["id"]))["result"]
    assert found["cached"] is cache
    assert (await house.http.get(found["audio"]["url"])).status == 200
    await house.hass.async_block_till_done(wait_background_tasks=True)
    assert bool(manager.file_cache) is cache


async def test_what_failed_has_no_captions_and_is_made_when_it_is_played(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    kitchen = await house.player()
    house.simulator.behave(Behaviour(quota=True))
    response = await house.announce(SHORT, kitchen.entity_id, wait=True)
    assert response["captions"] is None
    assert house.outcomes[0]["captions"] is None
    found = (await links(hass_ws_client, response["id"]))["result"]
    assert (found["captions"], found["cached"]) == (None, False)
    assert (await house.http.get(found["audio"]["url"])).status == 500
    house.simulator.behave(Behaviour())
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    await house.hass.config_entries.async_reload(entry.entry_id)
    found = (await links(hass_ws_client, response["id"]))["result"]
    assert not found["cached"]
    answer = await house.http.get(found["audio"]["url"])
    assert (answer.status, len(await answer.read()) > 1000) == (200, True)


async def test_what_waits_cannot_be_heard_yet(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    response = await house.announce(SHORT, kitchen.entity_id)
    found = (await links(hass_ws_client, response["id"]))["result"]
    assert found == {"audio": None, "cached": False, "captions": None}
    await house.over(2)


async def test_what_is_private_is_not_spoken_again(
    house: House, hass_ws_client: WebSocketGenerator
) -> None:
    kitchen = await house.player()
    response = await house.announce(SHORT, kitchen.entity_id, options={"private": True})
    await house.over()
    await house.clock.pass_(700)
    await house.clock.pass_(700)
    found = (await links(hass_ws_client, response["id"]))["result"]
    assert (found["audio"], found["cached"]) == (None, False)
    assert (await links(hass_ws_client, "of another day"))["error"]["code"] == "not_found"


async def test_unsubscribing(house: House) -> None:
    await subscribe(house.socket)
    await house.socket.send_json_auto_id({"type": "unsubscribe_events", "subscription": 1})
    assert (await house.socket.receive_json())["success"]
    assert not announcer(house.hass).registry._subscribers._listeners


async def test_an_announcement_that_had_started_before_a_crash_has_an_end(house: House) -> None:
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    assert await house.hass.config_entries.async_unload(entry.entry_id)
    # The next process knows nothing of it.
    await async_setup_announcer(house.hass)
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.clock.pass_(0)
    assert house.kinds == ["started", "failed"]
    assert house.outcomes[0]["message"] == LONG
    assert house.outcomes[0]["error"] == "home_assistant_stopped"


async def test_an_end_that_came_during_a_reload_is_told_after_it(house: House) -> None:
    kitchen = await house.player()
    response = await house.play(kitchen, LONG)
    tracker = announcer(house.hass).registry.tracker(response["id"])
    assert tracker
    (entry,) = house.hass.config_entries.async_entries(DOMAIN)
    assert await house.hass.config_entries.async_unload(entry.entry_id)
    await house.clock.until(tracker.done.is_set, step=1)
    assert house.kinds == ["started"]
    assert await house.hass.config_entries.async_setup(entry.entry_id)
    await house.clock.pass_(0)
    assert house.kinds == ["started", "finished"]
