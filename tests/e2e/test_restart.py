"""A sentence keeps its captions while Home Assistant is started anew."""

from typing import Any

import aiohttp

from demo.heard import Heard
from demo.home import Home, home_again, home_assistant
from demo.home_api import HomeSocket, open_socket
from demo.places import fresh_directory, reserved_port
from demo.player import music_player
from demo.progress import Progress
from demo.service import SIMULATOR_KEY, Service, simulator
from demo.stage import DOMAIN, VoiceChoice, add_player, add_voice

SENTENCE = "The laundry is done, and the door of the cellar is open."


async def announce(socket: HomeSocket, player: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Announce to the end; returns the action's response and the last track of the channel."""
    captions = Heard()
    await socket.subscribe(captions, f"{DOMAIN}/captions/subscribe")
    answer = await socket.call(
        "call_service",
        domain=DOMAIN,
        service="announce",
        target={"entity_id": player},
        service_data={"message": SENTENCE, "wait": True},
        return_response=True,
    )
    tracks = [each.event["track"] for each in captions.arrivals if each.event["type"] == "track"]
    return answer["response"], tracks[-1]


async def credits_used(session: aiohttp.ClientSession, endpoint: str) -> int:
    """Return what the account has spent."""
    headers = {"xi-api-key": SIMULATOR_KEY}
    async with session.get(f"{endpoint}/v1/user/subscription", headers=headers) as answer:
        return int((await answer.json())["character_count"])


async def furnish(home: Home, endpoint: str, player: Any) -> str:
    """Add a voice and the player; returns the player's entity."""
    async with open_socket(home.api) as socket:
        service = Service("the simulator", SIMULATOR_KEY, endpoint)
        await add_voice(home.api, socket, service, VoiceChoice(None, Progress()))
        return await add_player(home.api, socket, player)


async def test_captions_after_a_restart(socket_enabled: None) -> None:
    with fresh_directory() as directory, reserved_port(None) as port:
        async with (
            aiohttp.ClientSession() as session,
            simulator(directory) as endpoint,
            music_player(directory) as mpd,
        ):
            async with home_assistant(directory, port, session) as home:
                player = await furnish(home, endpoint, mpd)
                async with open_socket(home.api) as socket:
                    first, track = await announce(socket, player)
                api = home.api
            spent = await credits_used(session, endpoint)
            assert spent > 0
            async with home_again(directory, api) as home, open_socket(api) as socket:
                again, kept = await announce(socket, player)
            assert await credits_used(session, endpoint) == spent
    assert again["players"] == first["players"] == {player: {"state": "finished", "error": None}}
    assert (again["duration"], again["credits"]) == (first["duration"], 0)
    assert kept["words"] == track["words"]
    assert kept["cues"] == track["cues"]
    assert not kept["estimated"]
    assert " ".join(word["text"] for word in kept["words"]) == SENTENCE
