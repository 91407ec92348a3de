"""Over music: a chime and the speech at a volume of their own, and the music goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import io
from typing import Any
import wave

from aiohttp import web
import numpy as np
import pytest

from harness.chimes import CHIMES
from harness.fifo import heard_player
from harness.home import home_assistant
from harness.home_api import HomeSocket
from harness.integrations import DOMAIN, VoiceChoice, add_player, add_voice
from harness.paths import fresh_directory
from harness.ports import LOOPBACK
from harness.progress import Progress
from harness.samples import RATE, Samples
from harness.speech_service import simulated, simulator
from harness.waiting import until

SENTENCE = "The laundry is done, and the door of the cellar is open."
MUSIC_HZ, SONG_S, MUSIC_LEVEL = 3000.0, 120.0, 0.3
OWN, LOUD = 0.3, 0.6
MUSIC_AFTER_S = 3.0
WINDOW_S = 0.05
LEAST = 0.5
AUDIBLE = 0.0005
# The voice itself begins with a little silence.
LONGEST_PAUSE_S = 0.25


@asynccontextmanager
async def radio() -> AsyncIterator[str]:
    """Serve a song: a tone that nobody's voice has; yields its URL."""
    time = np.arange(round(SONG_S * RATE)) / RATE
    samples = np.round(32767 * MUSIC_LEVEL * np.sin(2 * np.pi * MUSIC_HZ * time)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as song:
        song.setparams((1, 2, RATE, 0, "NONE", ""))
        song.writeframes(samples.tobytes())

    async def send(request: web.Request) -> web.StreamResponse:
        return await _ranged(request, file.getvalue())

    app = web.Application()
    app.router.add_get("/song.wav", send)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    try:
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}/song.wav"
    finally:
        await runner.cleanup()


async def _ranged(request: web.Request, content: bytes) -> web.Response:
    """Answer as a server from whose files a player can seek."""
    wanted = request.http_range
    start = wanted.start or 0
    headers = {"Accept-Ranges": "bytes", "Content-Type": "audio/wav"}
    if not start:
        return web.Response(body=content, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
    return web.Response(status=206, body=content[start:], headers=headers)


def is_music(sound: Samples) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return for each window whether most of its sound is the song's tone."""
    size = round(WINDOW_S * RATE)
    windows = sound[: len(sound) // size * size].reshape(-1, size)
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(size))) ** 2
    at = round(MUSIC_HZ * WINDOW_S)
    tone = spectrum[:, at - 2 : at + 3].sum(axis=1)
    return np.asarray((tone > LEAST * spectrum.sum(axis=1)) & (spectrum.sum(axis=1) > 1e-3))


async def state(socket: HomeSocket, player: str) -> dict[str, Any]:
    """Return the state of a player."""
    states = await socket.call("get_states")
    return next(one for one in states if one["entity_id"] == player)


async def test_music_goes_on_after_an_announcement(socket_enabled: None) -> None:
    with fresh_directory() as directory:
        async with (
            simulator(directory) as endpoint,
            radio() as song,
            heard_player(directory, "music", has_volume=True) as heard,
            home_assistant(directory) as home,
        ):
            await add_voice(home, simulated(endpoint), VoiceChoice(None, Progress()))
            player = await add_player(home, heard.player)
            socket = home.socket
            await socket.call_action(
                "media_player.play_media", player,
                media_content_id=song, media_content_type="music",
            )  # fmt: skip
            await socket.call_action("media_player.volume_set", player, volume_level=OWN)

            async def has_played() -> bool | None:
                told = (await state(socket, player))["attributes"]
                return told.get("media_position", 0) >= 1 or None

            await until("the music", has_played, seconds=30)
            answer = await socket.call_action(
                f"{DOMAIN}.announce", player, response=True,
                message=SENTENCE, volume=LOUD, chime="ding_dong", wait=True,
            )  # fmt: skip
            after = await state(socket, player)
            await asyncio.sleep(MUSIC_AFTER_S)
            sound = heard.listener.take()
            await socket.call_action("media_player.media_stop", player)
    told = answer["players"][player]
    assert (told["state"], told["volume"], told["resumed"]) == ("finished", LOUD, True)
    assert after["state"] == "playing"
    assert after["attributes"]["volume_level"] == OWN
    assert after["attributes"]["media_position"] >= 1
    assert sound
    check(sound.samples)


def check(sound: Samples) -> None:
    """Check what was heard: music, chime and speech without a pause and louder, music as before."""
    is_song = is_music(sound)
    changes = np.flatnonzero(np.diff(is_song.astype(int)))
    assert len(changes) == 2
    begun, over = ((changes + 1) * WINDOW_S * RATE).astype(int)
    announced, chime_ends = sound[begun:over], CHIMES["ding_dong"].seconds
    assert len(announced) / RATE > chime_ends + 2
    around = announced[: round((chime_ends + 0.5) * RATE)]
    loud = np.flatnonzero(np.abs(around) > AUDIBLE)
    assert np.diff(loud).max() / RATE < LONGEST_PAUSE_S
    # Neither the start of the music nor what was paused or begun in the middle of a window.
    before, after = level(sound[begun - RATE : begun - RATE // 10]), level(sound[over + RATE :])
    assert after == pytest.approx(before, rel=0.1)
    assert level(announced[: RATE // 4]) > 3 * before


def level(sound: Samples) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(sound**2)))
