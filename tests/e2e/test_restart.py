"""Captions and what waits for its turn stay while Home Assistant is started anew."""

from typing import Any

import aiohttp

from harness.events import CapturedEvents
from harness.home import home_again, home_assistant
from harness.home_api import HomeSocket
from harness.integrations import DOMAIN, VoiceChoice, add_player, add_voice
from harness.paths import fresh_directory
from harness.player import music_player
from harness.progress import Progress
from harness.speech_service import SIMULATOR_KEY, simulated, simulator

SENTENCE = "The laundry is done, and the door of the cellar is open."


async def announce(socket: HomeSocket, player: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Announce to the end; returns the action's response and the last track of the channel."""
    captions = CapturedEvents()
    await socket.subscribe(captions, f"{DOMAIN}/captions/subscribe")
    answer = await socket.call_action(
        f"{DOMAIN}.announce", player, response=True, message=SENTENCE, wait=True
    )
    tracks = [each.event["track"] for each in captions.arrivals if each.event["type"] == "track"]
    return answer, tracks[-1]


async def credits_used(session: aiohttp.ClientSession, endpoint: str) -> int:
    """Return what the account has spent."""
    headers = {"xi-api-key": SIMULATOR_KEY}
    async with session.get(f"{endpoint}/v1/user/subscription", headers=headers) as answer:
        return int((await answer.json())["character_count"])


async def test_captions_after_a_restart(socket_enabled: None) -> None:
    with fresh_directory() as directory:
        async with simulator(directory) as endpoint, music_player(directory) as mpd:
            async with home_assistant(directory) as earlier:
                await add_voice(earlier, simulated(endpoint), VoiceChoice(None, Progress()))
                player = await add_player(earlier, mpd)
                first, track = await announce(earlier.socket, player)
                spent = await credits_used(earlier.session, endpoint)
            assert spent > 0
            async with home_again(directory, earlier) as home:
                again, kept = await announce(home.socket, player)
                assert await credits_used(home.session, endpoint) == spent
    finished: dict[str, Any] = {
        "state": "finished", "place": None, "error": None, "cause": None, "placeholders": {},
        "volume": None, "resumed": None,
    }  # fmt: skip
    assert again["players"] == first["players"] == {player: finished}
    assert (again["duration"], again["credits"]) == (first["duration"], 0)
    assert kept["words"] == track["words"]
    assert kept["cues"] == track["cues"]
    assert not kept["estimated"]
    assert " ".join(word["text"] for word in kept["words"]) == SENTENCE


async def test_what_waits_is_spoken_after_a_restart(socket_enabled: None) -> None:
    with fresh_directory() as directory:
        async with simulator(directory) as endpoint, music_player(directory) as mpd:
            async with home_assistant(directory) as earlier:
                await add_voice(earlier, simulated(endpoint), VoiceChoice(None, Progress()))
                player = await add_player(earlier, mpd)
                first = await queued(earlier.socket, player, " ".join([SENTENCE] * 8))
                second = await queued(earlier.socket, player, SENTENCE, time_to_live=600)
                assert second["players"][player]["state"] == "queued"
            async with home_again(directory, earlier) as home:
                captions = CapturedEvents()
                command = f"{DOMAIN}/captions/subscribe"
                await home.socket.subscribe(captions, command, history=20)
                await captions.first(
                    "The end of what waited",
                    lambda event: players_of(event, second["id"]) == {"finished"},
                    seconds=60,
                )
                assert not any(players_of(one.event, first["id"]) for one in captions.arrivals)


async def queued(socket: HomeSocket, player: str, message: str, **data: Any) -> dict[str, Any]:
    """Announce without waiting for the end; returns the action's response."""
    answer: dict[str, Any] = await socket.call_action(
        f"{DOMAIN}.announce", player, response=True, message=message, **data
    )
    return answer


def players_of(event: dict[str, Any], announcement_id: str) -> set[str]:
    """Return the states of an announcement's players, if an event tells them."""
    told = event.get("track", event)
    if told.get("id") != announcement_id or "players" not in told:
        return set()
    return {player["state"] for player in told["players"].values()}
