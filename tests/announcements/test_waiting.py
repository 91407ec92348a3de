"""What waits for its turn is told to subscribers, with its place, and to nobody else."""

from typing import Any

from homeassistant.components.media_player import MediaPlayerState
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.elevenlabs_streaming.announcements import Announcement
from custom_components.elevenlabs_streaming.announcements.queue import MOST_WAITING
from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.captions_reader import CaptionsReader
from tests.helpers.home import SARAH, make_entry, set_up
from tests.helpers.players import House, Player

LONG = "The laundry is done. Please come down and fold it before dinner, will you?"
FIRE = "Fire in the cellar, leave the house."
KITCHEN = "media_player.kitchen"
BATH = "media_player.bath"


@pytest.fixture
async def kitchen(house: House) -> Player:
    """Put a player into the home, at which something sounds."""
    player = await house.player()
    await house.play(player, LONG)
    return player


@pytest.fixture
async def reader(house: House, kitchen: Player) -> CaptionsReader:
    """Read what is told from then on."""
    return await CaptionsReader.subscribe(house.socket)


def waiting(place: int | None) -> dict[str, Any]:
    """Return what is told of a player at which an announcement waits."""
    return {
        "state": "queued",
        "place": place,
        "position": None,
        "intro": 0.0,
        "error": None,
        "cause": None,
        "placeholders": {},
    }


async def clear(house: House, **target: Any) -> None:
    """Drop what waits."""
    await house.hass.services.async_call(DOMAIN, "clear_queue", target, blocking=True)


def places(news: list[dict[str, Any]], player: str = KITCHEN) -> list[tuple[str, str, int]]:
    """Return the kind, the ID, and the place of each message about what waits."""
    told = [(one["type"], one.get("track", one)) for one in news]
    return [
        (kind, one["id"], one["players"][player]["place"])
        for kind, one in told
        if one.get("players", {}).get(player, {}).get("state") == "queued"
    ]


async def test_it_is_told_at_once_with_its_text_and_its_place(
    house: House, reader: CaptionsReader
) -> None:
    for number, text in enumerate(("One.", "Two.", "Three."), 1):
        response = await house.announce(text, KITCHEN)
        (message,) = await reader.news()
        track = message["track"]
        assert (track["id"], track["message"], track["state"]) == (response["id"], text, "queued")
        assert (track["words"], track["cues"], track["cause"]) == ([], [], None)
        assert track["players"] == {KITCHEN: waiting(number)}
        assert response["players"][KITCHEN]["place"] == number
    await house.over(4)


async def test_words_that_are_made_in_advance_are_told_when_its_turn_comes(
    house: House, reader: CaptionsReader, hass_ws_client: WebSocketGenerator
) -> None:
    response = await house.announce("One.", KITCHEN)
    await house.settled()
    assert len(house.simulator.journal.generations) == 2
    await reader.news()
    assert [one["words"] for one in reader.of(response["id"])] == [[]]
    again = await CaptionsReader.subscribe(await hass_ws_client())
    assert again.of(response["id"])[0]["words"] == []
    await house.over(2)
    await reader.news()
    spoken = [one for one in reader.of(response["id"]) if one.get("state") != "queued"]
    assert [word["text"] for word in spoken[0]["words"]] == ["One."]
    assert spoken[0]["cues"]


async def test_a_private_text_is_not_told(house: House, reader: CaptionsReader) -> None:
    await house.announce("One.", KITCHEN, options={"private": True})
    (track,) = await reader.tracks()
    assert (track["message"], track["private"], track["state"]) == (None, True, "queued")
    await house.over(2)


async def test_a_dialogue_is_told_as_it_will_be_shown(house: House, reader: CaptionsReader) -> None:
    lines = [
        {"voice": "George", "name": "Nora", "message": "**Dinner** is ready."},
        {"voice": "Sarah", "message": "I am coming!"},
    ]
    data = {"lines": lines, "entity_id": KITCHEN}
    await house.hass.services.async_call(DOMAIN, "announce", data, blocking=True)
    (track,) = await reader.tracks()
    assert track["message"] == "Nora: Dinner is ready.\nSarah: I am coming!"
    await house.over(2)


async def test_places_move_up_in_one_message_each(house: House, reader: CaptionsReader) -> None:
    one, two, three = [(await house.announce(text, KITCHEN))["id"] for text in ("1.", "2.", "3.")]
    await house.settled()
    await reader.news()
    await house.over(1)
    news = await reader.news()
    assert places(news) == [("playback", two, 1), ("playback", three, 2)]
    (begins,) = [m["track"] for m in news if m["type"] == "track" and m["track"]["id"] == one][:1]
    assert (begins["state"], begins["players"][KITCHEN]["place"]) == ("finished", None)
    assert begins["players"][KITCHEN]["state"] == "waiting"
    await house.over(4)
    await reader.news()
    assert [(m["state"], m["players"][KITCHEN]["place"]) for m in reader.of(two)[:1]] == [
        ("queued", 2)
    ]
    told = [message for message in reader.of(three) if "players" in message]
    states = [message["players"][KITCHEN]["state"] for message in told]
    assert states[:3] == ["queued"] * 3
    assert "queued" not in states[3:]
    assert states[-1] == "finished"


async def test_what_is_more_urgent_comes_before_it(house: House, reader: CaptionsReader) -> None:
    one = (await house.announce("One.", KITCHEN))["id"]
    low = (await house.announce("Two.", KITCHEN, priority="low"))["id"]
    await reader.news()
    high = (await house.announce("Three.", KITCHEN, priority="high"))["id"]
    assert set(places(await reader.news())) == {
        ("playback", one, 2),
        ("playback", low, 3),
        ("track", high, 1),
    }
    assert reader.of(high)[0]["priority"] == "high"
    await house.over(4)


async def test_nothing_is_told_when_nothing_has_changed(
    house: House, kitchen: Player, reader: CaptionsReader
) -> None:
    waits = [(await house.announce(text, KITCHEN))["id"] for text in ("One.", "Two.")]
    await house.settled()
    await reader.news()
    for level in (0.1, 0.2, 0.3):
        kitchen._attr_volume_level = level
        kitchen.async_write_ha_state()
        await house.clock.pass_(0.1)
    news = await reader.news()
    assert not [one for one in news if one.get("track", one)["id"] in waits]
    await house.over(3)


async def test_who_comes_later_is_told_in_the_order_in_which_all_will_be_spoken(
    house: House, kitchen: Player
) -> None:
    for text, priority in (("1.", "low"), ("2.", "normal"), ("3.", "high"), ("4.", "normal")):
        await house.announce(text, KITCHEN, priority=priority)
    reader = await CaptionsReader.subscribe(house.socket)
    # More of what is spoken may come at once.
    tracks = [one["track"] for one in reader.told if one["type"] == "track"][:5]
    assert [one["message"] for one in tracks] == [LONG, "3.", "2.", "4.", "1."]
    assert [one["players"][KITCHEN]["place"] for one in tracks] == [None, 1, 2, 3, 4]
    assert [one["priority"] for one in tracks[1:]] == ["high", "normal", "normal", "low"]
    await house.over(5)


async def test_age_counts_from_the_request_and_then_from_the_call(
    house: House, kitchen: Player, reader: CaptionsReader, hass_ws_client: WebSocketGenerator
) -> None:
    response = await house.announce("One.", KITCHEN)
    await house.settled()
    kitchen.tell(MediaPlayerState.PAUSED)
    await house.clock.pass_(30)
    later = await CaptionsReader.subscribe(await hass_ws_client())
    assert 30 <= later.of(response["id"])[0]["age"] < 32
    kitchen.tell(MediaPlayerState.PLAYING)
    await house.over(2)
    await reader.news()
    spoken = [one for one in reader.of(response["id"]) if one.get("state") == "finished"]
    assert spoken[0]["age"] < 2


async def test_what_is_dropped_ends_with_its_cause(house: House, reader: CaptionsReader) -> None:
    one, two, three = [(await house.announce(text, KITCHEN))["id"] for text in ("1.", "2.", "3.")]
    await house.announce("4.", KITCHEN, time_to_live=1)
    await reader.news()
    await house.clock.pass_(1.1)
    (track,) = await reader.tracks()
    assert (track["message"], track["state"], track["cause"]) == ("4.", "failed", "expired")
    assert (track["words"], track["placeholders"]) == ([], {})
    player = track["players"][KITCHEN]
    assert (player["state"], player["place"], player["cause"]) == ("failed", None, "expired")
    assert "time to live" in player["error"]
    await clear(house)
    tracks = await reader.tracks()
    assert [(one["id"], one["cause"]) for one in tracks] == [
        (one, "queue_cleared") for one in (one, two, three)
    ]
    await house.over(5)


async def test_the_oldest_gives_way_when_too_many_wait(
    house: House, reader: CaptionsReader
) -> None:
    ids = [
        (await house.announce(f"Number {number}.", KITCHEN))["id"]
        for number in range(MOST_WAITING + 1)
    ]
    news = await reader.news()
    ended = [one["track"] for one in news if one.get("track", {}).get("cause")]
    assert [(one["id"], one["cause"]) for one in ended] == [(ids[0], "queue_full")]
    assert reader.players(ids[-1])[KITCHEN]["place"] == MOST_WAITING
    assert reader.players(ids[1])[KITCHEN]["place"] == 1
    await clear(house)
    await house.over(MOST_WAITING + 2)


async def test_what_a_critical_one_breaks_off_waits_again(
    house: House, kitchen: Player, hass_ws_client: WebSocketGenerator
) -> None:
    reader = await CaptionsReader.subscribe(house.socket, history=5)
    (first,) = [one["track"]["id"] for one in reader.told]
    one = (await house.announce("One.", KITCHEN))["id"]
    await house.settled()
    await reader.news()
    fire = (await house.announce(FIRE, KITCHEN, priority="critical"))["id"]
    news = await reader.news()
    told = places(news)
    assert set(told) == {("playback", first, 1), ("playback", one, 2)}
    assert len(told) == 2
    later = await CaptionsReader.subscribe(await hass_ws_client())
    assert [track["track"]["id"] for track in later.told][-2:] == [first, one]
    # Its words are known, for it was spoken already.
    assert later.of(first)[0]["state"] == "finished"
    assert later.of(first)[0]["words"]
    assert later.of(one)[0]["state"] == "queued"
    await house.over(3)
    await reader.news()
    assert reader.of(fire)[0]["priority"] == "critical"
    assert {one["state"] for one in (reader.players(i)[KITCHEN] for i in (first, one, fire))} == {
        "finished"
    }


async def test_each_player_has_a_place_of_its_own(house: House, reader: CaptionsReader) -> None:
    bath = await house.player("Bath")
    one = (await house.announce("One.", KITCHEN))["id"]
    both = await house.announce("Two.", KITCHEN, bath.entity_id)
    assert [both["players"][player]["place"] for player in (KITCHEN, BATH)] == [2, None]
    await house.settled()
    await reader.news()
    players = reader.of(both["id"])[0]["players"]
    assert players[KITCHEN] == waiting(2)
    assert (players[BATH]["state"], reader.of(both["id"])[0]["state"]) == ("waiting", "speaking")
    data = {"announcement_id": one}
    await house.hass.services.async_call(DOMAIN, "stop", data, blocking=True)
    await house.clock.pass_(0)
    await reader.news()
    assert reader.players(both["id"])[KITCHEN] == waiting(1)
    await house.over(3)


async def test_players_that_sound_together_share_one_line(
    house: House, reader: CaptionsReader
) -> None:
    hall = await house.satellite()
    await house.add_universal("Front", KITCHEN)
    await house.hass.async_block_till_done()
    first = await house.announce("One.", KITCHEN)
    alone = await house.announce("Two.", "media_player.front")
    free = await house.announce("Three.", hall.entity_id)
    assert first["players"][KITCHEN]["place"] == 1
    assert alone["players"]["media_player.front"]["place"] == 2
    assert free["players"][hall.entity_id]["place"] is None
    await house.over(4)


async def test_an_equal_message_that_is_more_urgent_is_told_anew(
    house: House, reader: CaptionsReader
) -> None:
    one = (await house.announce("One.", KITCHEN))["id"]
    two = (await house.announce("Two.", KITCHEN))["id"]
    await reader.news()
    same = await house.announce("Two.", KITCHEN, priority="high")
    assert same["id"] == two
    assert set(places(await reader.news())) == {("track", two, 1), ("playback", one, 2)}
    assert reader.of(two)[-1]["priority"] == "high"
    await house.over(3)


async def test_what_is_repeated_waits_behind_what_is_due(house: House) -> None:
    kitchen = await house.player()
    reader = await CaptionsReader.subscribe(house.socket)
    repeated = await house.announce(LONG, KITCHEN, priority="high", repeat=2, repeat_pause=30)
    await house.settled()
    await house.clock.until(lambda: house.shown[-1:] == [""], step=0.2)
    await house.clock.pass_(1.5)
    await reader.news()
    assert reader.players(repeated["id"])[KITCHEN] == waiting(1)
    await house.play(kitchen, "One. And that is all there is to say about it.")
    two = await house.announce("Two.", KITCHEN)
    assert two["players"][KITCHEN]["place"] == 1
    await reader.news()
    assert reader.players(repeated["id"])[KITCHEN] == waiting(2)
    await house.clock.until(lambda: len(house.outcomes) == 3, step=0.5)
    await reader.news()
    states = [one["state"] for one in reader.of(repeated["id"]) if "state" in one]
    assert "queued" not in states


async def test_a_renamed_player_keeps_its_place(house: House, reader: CaptionsReader) -> None:
    one = (await house.announce("One.", KITCHEN))["id"]
    galley = "media_player.galley"
    er.async_get(house.hass).async_update_entity(KITCHEN, new_entity_id=galley)
    await house.hass.async_block_till_done()
    await reader.news()
    assert reader.players(one) == {galley: waiting(1)}
    await house.over(2)


async def test_a_voice_that_is_away_lets_others_pass(
    house: House, kitchen: Player, reader: CaptionsReader
) -> None:
    await set_up(house.hass, second := make_entry(house.simulator, voice=SARAH))
    other = er.async_get(house.hass).async_get_entity_id(
        "tts", DOMAIN, next(iter(second.subentries))
    )
    one = (await house.announce("One.", KITCHEN, engine="tts.elevenlabs_george"))["id"]
    away = (await house.announce("Away.", KITCHEN, engine=other))["id"]
    two = (await house.announce("Two.", KITCHEN, engine="tts.elevenlabs_george"))["id"]
    await house.settled()
    await house.hass.config_entries.async_unload(second.entry_id)
    await house.clock.pass_(0)
    await reader.news()
    assert [reader.players(i)[KITCHEN]["place"] for i in (one, two, away)] == [1, 2, 3]
    await house.hass.config_entries.async_setup(second.entry_id)
    await house.over(3)
    # The other voice has an event of its own.
    await house.clock.until(lambda: len(kitchen.device.urls) == 4, step=0.2)
    await house.clock.pass_(5)
    await reader.news()
    assert reader.players(away)[KITCHEN]["state"] == "finished"


async def test_entities_know_nothing_of_it(house: House, reader: CaptionsReader) -> None:
    await house.announce("One.", KITCHEN)
    await house.settled()
    await reader.news()
    assert house.kinds == ["started"]
    assert "One." not in house.shown
    await house.over(2)
    assert house.kinds == ["started", "finished"] * 2


async def test_nothing_is_put_together_while_nobody_listens(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    playback = Announcement.playback

    def note(announcement: Announcement, now: float) -> dict[str, Any]:
        asked.append(now)
        return playback(announcement, now)

    monkeypatch.setattr(Announcement, "playback", note)
    kitchen = await house.player()
    await house.play(kitchen, LONG)
    for text in ("One.", "Two."):
        await house.announce(text, KITCHEN)
    await house.over(3)
    assert not asked


async def test_what_others_have_spoken_never_waits(house: House) -> None:
    reader = await CaptionsReader.subscribe(house.socket)
    body = {"engine_id": "tts.elevenlabs_george", "message": "One."}
    path = (await (await house.http.post("/api/tts_get_url", json=body)).json())["path"]
    assert (await house.http.get(path)).status == 200
    await house.settled()
    tracks = await reader.tracks()
    assert {one["state"] for one in tracks} <= {"speaking", "finished"}
    assert (tracks[0]["priority"], tracks[0]["voice"]) == ("normal", "George")
    assert tracks[0]["players"]["unknown"]["place"] is None
    await house.over()
