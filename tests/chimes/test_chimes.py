"""A chime and the speech are one stream, whose captions count from the speech."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web
from homeassistant.components import media_source
from homeassistant.components.media_player import MediaPlayerState
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
import numpy as np
import pytest
import voluptuous as vol

from custom_components.elevenlabs_streaming.announcements import announcer
from custom_components.elevenlabs_streaming.chimes import CHIMES
from custom_components.elevenlabs_streaming.const import DOMAIN
from harness.chimes import CHIMES as SOURCES, samples_of
from harness.samples import RATE, Samples, decode_samples
from tests.helpers.music_player import enable_number
from tests.helpers.players import House, Player

TEXT = "The laundry is done."
TONE_HZ = 440
AUDIBLE = 0.01


def wav(seconds: float, *, rate: int = 8000, level: float = 0.4) -> bytes:
    """Return a tone as a mono WAV."""
    time = np.arange(round(seconds * rate)) / rate
    samples = np.round(32767 * level * np.sin(2 * np.pi * TONE_HZ * time)).astype("<i2")
    return (
        b"RIFF" + (36 + samples.nbytes).to_bytes(4, "little") + b"WAVEfmt "
        + bytes((16, 0, 0, 0, 1, 0, 1, 0)) + rate.to_bytes(4, "little")
        + (rate * 2).to_bytes(4, "little") + bytes((2, 0, 16, 0))
        + b"data" + samples.nbytes.to_bytes(4, "little") + samples.tobytes()
    )  # fmt: skip


@pytest.fixture(autouse=True)
def media(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the media folder of the home that is set up next."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    return tmp_path


async def heard(house: House, player: Player, tmp_path: Path, **data: Any) -> Samples:
    """Announce, and return what the player was given."""
    before = len(player.device.audio)
    await house.announce(TEXT, player.entity_id, **data)
    await house.clock.until(lambda: len(player.device.audio) > before, step=0.2)
    kind = data.get("options", {}).get("preferred_format", "mp3")
    file = tmp_path / f"heard.{kind}"
    file.write_bytes(player.device.audio[-1])
    return decode_samples(file)


def level(sound: Samples, start: float, end: float) -> float:
    """Return the root mean square of a part in seconds."""
    part = sound[round(start * RATE) : round(end * RATE)]
    return float(np.sqrt(np.mean(part**2)))


def longest_silence(sound: Samples, start: float, end: float) -> float:
    """Return the longest stretch without sound between two moments, in seconds."""
    loud = np.flatnonzero(np.abs(sound[round(start * RATE) : round(end * RATE)]) > AUDIBLE)
    return float(np.diff(loud).max()) / RATE


@pytest.mark.parametrize("chime", CHIMES)
def test_the_chimes_are_what_the_script_makes(chime: str) -> None:
    folder = Path("custom_components/elevenlabs_streaming/chimes/sounds")
    shipped, made = decode_samples(folder / f"{chime}.flac"), samples_of(SOURCES[chime])
    assert len(shipped) / RATE == pytest.approx(SOURCES[chime].seconds, abs=0.01)
    assert np.abs(shipped).max() == pytest.approx(np.abs(made).max(), abs=0.02)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"preferred_format": "wav"},
        {"preferred_format": "wav", "preferred_sample_rate": 16000},
        {"preferred_format": "flac", "preferred_sample_rate": 48000},
        {"preferred_format": "ogg"},
    ],
    ids=lambda options: "-".join(map(str, options.values())) or "mp3",
)
async def test_the_chime_comes_first_and_the_speech_at_once_after_it(
    house: House, media: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    (media / "tone.wav").write_bytes(wav(1.0))
    player = await house.player()
    plain = await heard(house, player, tmp_path, options=options)
    sound = await heard(house, player, tmp_path, options=options, chime="tone.wav")
    assert (len(sound) - len(plain)) / RATE == pytest.approx(1.0, abs=0.1)
    assert level(sound, 0.1, 0.9) == pytest.approx(0.4 / np.sqrt(2), rel=0.1)
    silent = np.flatnonzero(np.abs(plain) > AUDIBLE)[0] / RATE
    assert longest_silence(sound, 0.5, 1.5) < silent + 0.08
    after = sound[-len(plain) + RATE // 5 :]
    assert level(after, 0, 0.8) == pytest.approx(level(plain[RATE // 5 :], 0, 0.8), rel=0.2)


async def test_a_chime_after_and_silence_around(house: House, media: Path, tmp_path: Path) -> None:
    (media / "tone.wav").write_bytes(wav(0.5))
    player = await house.player()
    plain = await heard(house, player, tmp_path)
    sound = await heard(house, player, tmp_path, chime_after="tone.wav")
    assert (len(sound) - len(plain)) / RATE == pytest.approx(0.5, abs=0.1)
    assert level(sound, len(sound) / RATE - 0.4, len(sound) / RATE - 0.1) > 0.2


async def test_players_that_swallow_the_first_syllable_get_silence(
    house: House, tmp_path: Path
) -> None:
    player = await house.player()
    plain = await heard(house, player, tmp_path)
    await house.over()
    for name, value in (("before_announcements_on", 1.5), ("after_announcements_on", 0.5)):
        await enable_number(house, f"number.silence_{name}_kitchen", value)
    sound = await heard(house, player, tmp_path)
    assert (len(sound) - len(plain)) / RATE == pytest.approx(2.0, abs=0.15)
    assert level(sound, 0, 1.5) < AUDIBLE < level(sound, 1.6, 2.4)


async def test_captions_count_from_the_speech(house: House, media: Path) -> None:
    (media / "tone.wav").write_bytes(wav(2.0))
    player = await house.player(tells=False)
    positions: list[float] = []

    @callback
    def note(message: dict[str, Any]) -> None:
        told = message.get("players") or message.get("track", {}).get("players") or {}
        if (report := told.get(player.entity_id)) and report["position"] is not None:
            positions.append(report["position"])

    stop = announcer(house.hass).registry.subscribe(note)
    await house.announce(TEXT, player.entity_id, chime="tone.wav")
    await house.settled()
    player.tell(MediaPlayerState.PLAYING, 0.01)
    await house.clock.pass_(1.5)
    assert house.shown == []
    assert positions[-1] == pytest.approx(-2.0, abs=0.3)
    await house.clock.until(lambda: TEXT in house.shown, step=0.05)
    assert positions[-1] == pytest.approx(0.0, abs=0.3)
    outcome = await house.over()
    assert outcome["duration"] < 4
    stop()


async def test_the_speech_is_generated_once_with_and_without(house: House) -> None:
    player = await house.player()
    await house.announce(TEXT, player.entity_id)
    await house.over()
    await house.announce(TEXT, player.entity_id, chime="bell")
    await house.over(2)
    assert len(house.simulator.journal.generations) == 1


@pytest.mark.parametrize(
    ("chime", "content", "cause"),
    [
        ("gong", None, "chime_not_found"),
        ("lost.mp3", None, "chime_not_found"),
        ("text.mp3", b"This is no sound at all.", "chime_unreadable"),
        ("empty.mp3", b"", "chime_unreadable"),
        ("long.wav", wav(20), "chime_too_long"),
        ("silent.wav", wav(1, level=0), "chime_silent"),
        ("http://127.0.0.1:9/chime.mp3", None, "chime_not_found"),
        ("media-source://nobody/chime", None, "chime_not_found"),
        ("/etc/passwd", None, "chime_not_found"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_chime_that_cannot_be_played_is_refused(
    house: House, media: Path, socket_enabled: None, chime: str, content: bytes | None, cause: str
) -> None:
    if content is not None:
        (media / chime).write_bytes(content)
    player = await house.player()
    with pytest.raises(ServiceValidationError) as refused:
        await house.announce(TEXT, player.entity_id, chime=chime)
    assert refused.value.translation_key == cause
    assert player.device.urls == []
    assert not house.simulator.journal.generations


@pytest.mark.parametrize("chime", ["", 7, {}, None])
async def test_what_is_no_chime_is_refused(house: House, chime: Any) -> None:
    player = await house.player()
    with pytest.raises(vol.Invalid):
        await house.announce(TEXT, player.entity_id, chime=chime)


async def test_a_chime_of_the_web(
    house: House, socket_enabled: None, tmp_path: Path, tone_server: str
) -> None:
    player = await house.player()
    sound = await heard(house, player, tmp_path, chime=f"{tone_server}/tone.wav")
    assert level(sound, 0.1, 0.9) > 0.2


@pytest.fixture
async def tone_server(socket_enabled: None) -> AsyncIterator[str]:
    """Serve a tone over HTTP."""

    async def tone(_: web.Request) -> web.Response:
        return web.Response(body=wav(1.0))

    app = web.Application()
    app.router.add_get("/tone.wav", tone)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_the_media_browser_has_the_chimes(house: House, media: Path) -> None:
    root = await media_source.async_browse_media(house.hass, f"media-source://{DOMAIN}")
    assert root.children
    (folder,) = root.children
    shelf = await media_source.async_browse_media(house.hass, folder.media_content_id)
    assert [item.title for item in shelf.children or []] == [
        "Alert", "Bell", "Ding dong", "Gentle", "Rising"
    ]  # fmt: skip
    bell = (shelf.children or [])[1].media_content_id
    found = await media_source.async_resolve_media(house.hass, bell, None)
    answer = await house.http.get(found.url)
    assert (answer.status, (await answer.read())[:4]) == (200, b"fLaC")
    assert (await house.http.get(found.url.replace("bell", "gong"))).status == 404
    player = await house.player()
    await house.announce(TEXT, player.entity_id, chime={"media_content_id": bell})
    await house.over()
    assert house.kinds == ["started", "finished"]


async def test_ranges_are_of_the_whole_stream(house: House, tmp_path: Path) -> None:
    player = await house.player()
    await house.announce(TEXT, player.entity_id, chime="gentle")
    await house.clock.until(lambda: player.device.audio)
    url, whole = player.device.urls[-1], player.device.audio[-1]
    head = await house.http.head(url)
    assert int(head.headers["Content-Length"]) == len(whole)
    answer = await house.http.get(url, headers={"Range": "bytes=1000-1999"})
    assert await answer.read() == whole[1000:2000]


async def test_what_is_heard_again_has_no_chime(house: House) -> None:
    player = await house.player()
    response = await house.announce(TEXT, player.entity_id)
    await house.over()
    plain = player.device.audio[-1]
    response = await house.announce(TEXT, player.entity_id, chime="bell")
    await house.over(2)
    assert len(player.device.audio[-1]) > len(plain)
    await house.socket.send_json_auto_id(
        {"type": f"{DOMAIN}/announcement/links", "announcement_id": response["id"]}
    )
    links = (await house.socket.receive_json())["result"]
    again = await house.http.get(links["audio"]["url"])
    assert await again.read() == plain
