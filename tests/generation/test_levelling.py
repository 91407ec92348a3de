"""All voices at one loudness, where that is wanted."""

import asyncio
import re
import subprocess
from typing import Any

from homeassistant.components import ffmpeg, tts
from homeassistant.core import HomeAssistant
import numpy as np
import pytest

from custom_components.elevenlabs_streaming.const import DOMAIN
from harness.waiting import until
from simulator import Behaviour, Simulator
from tests.helpers.home import ENGINE, GEORGE, SARAH, Ears, fragments, hear_growing
from tests.helpers.players import House
from tests.helpers.simulator_audio import decode

SENTENCE = "The laundry is done. Please come down in ten minutes and take it with you."
LONG = " ".join([SENTENCE] * 3)
EVEN = {"loudness": True}
WAV = {"preferred_format": "wav", "preferred_sample_rate": 16000}
FLAC = {"preferred_format": "flac", "preferred_sample_rate": 48000}
EXACT = {"preferred_format": "flac"}
"""What every Home Assistant passes on as it is."""
TARGET = -16.0
FORMATS = pytest.mark.parametrize("asked", [{}, WAV, FLAC], ids=["mp3", "wav", "flac"])


def loudness(hass: HomeAssistant, audio: bytes) -> tuple[float, float]:
    """Return the integrated loudness in LUFS, and the true peak in dBFS (EBU R128)."""
    command = [ffmpeg.get_ffmpeg_manager(hass).binary, "-hide_banner", "-nostats", "-i", "pipe:0"]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    done = subprocess.run(command, input=audio, capture_output=True, check=True)  # noqa: S603  # our own
    told = done.stderr.decode()
    summary = told[told.index("Summary:") :]
    found = [re.search(rf"{name}:\s+(\S+) ", summary) for name in ("I", "Peak")]
    integrated, peak = (float(one[1]) for one in found if one)
    return integrated, peak


@FORMATS
async def test_speech_comes_to_the_target_and_stays_there(
    hass: HomeAssistant, ears: Ears, asked: dict[str, Any]
) -> None:
    raw, _ = loudness(hass, await ears.hear(LONG, options=asked))
    assert raw < TARGET - 3
    for number in range(3):
        audio = await ears.hear(f"{LONG} Number {number}.", options=EVEN | asked)
        found, peak = loudness(hass, audio)
        assert peak < 0.5
    # The first may begin before anything is measured.
    assert found == pytest.approx(TARGET, abs=1.0)


async def test_a_reply_is_levelled_while_it_grows(hass: HomeAssistant, ears: Ears) -> None:
    for number in range(3):
        audio = await hear_growing(hass, fragments(f"{LONG} Number {number}."), EVEN | WAV)
    found, _ = loudness(hass, audio)
    assert found == pytest.approx(TARGET, abs=1.0)


async def test_two_voices_are_equally_loud(hass: HomeAssistant, ears: Ears) -> None:
    found = []
    for voice in (GEORGE, SARAH):
        for number in range(3):
            text = f"{LONG} Number {number}."
            audio = await ears.hear(text, options=EVEN | FLAC | {"voice": voice})
        found.append(loudness(hass, audio)[0])
    one, other = found
    assert abs(one - other) < 1.0


async def test_no_peak_is_cut_off_and_no_sample_is_lost(hass: HomeAssistant, ears: Ears) -> None:
    # The voice is known from then on, so that its gain is constant.
    await ears.hear(f"{LONG} Once more.", options=EXACT | EVEN)
    plain, even = [
        decode(await ears.hear(LONG, options=EXACT | more), "flac_24000")[0] * 32767
        for more in ({}, EVEN)
    ]
    assert len(plain) == len(even)
    assert np.abs(even).max() <= 32767 * 10 ** (-1.5 / 20) + 1
    sounding = np.abs(plain) > 200
    gains = 20 * np.log10(np.abs(even[sounding]).clip(1) / np.abs(plain[sounding]))
    assert gains.max() < 10
    assert np.abs(np.diff(gains)).max() < 3


async def test_captions_are_those_of_the_same_sound(hass: HomeAssistant, ears: Ears) -> None:
    times = []
    for more in ({}, EVEN):
        await ears.hear(SENTENCE, options=EXACT | more)
        captions = await ears.read()
        times.append([(word["text"], word["start"]) for word in captions.words])
    assert times[0] == times[1]


@pytest.mark.parametrize("fault", ["missing", "mute"])
async def test_without_a_measurement_it_is_heard_as_it_is(
    hass: HomeAssistant,
    ears: Ears,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    asked = {"preferred_format": "wav"}
    plain = await ears.hear(SENTENCE, options=asked)
    program = {"missing": "/nowhere/ffmpeg", "mute": "/bin/true"}[fault]
    monkeypatch.setattr(ffmpeg.get_ffmpeg_manager(hass), "_bin", program)
    assert await ears.hear(SENTENCE, options=EVEN | asked) == plain
    ours = [one for one in caplog.records if "elevenlabs" in one.name]
    assert not [one for one in ours if one.levelname in ("ERROR", "WARNING")]


async def test_what_is_broken_off_is_measured_no_more(
    hass: HomeAssistant, ears: Ears, simulator: Simulator
) -> None:
    simulator.behave(Behaviour(stall_after=2))
    stream = tts.async_create_stream(hass, ENGINE, options=EVEN | EXACT)
    stream.async_set_message(LONG)
    audio = stream.async_stream_result()
    assert await anext(audio)
    assert measured()
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    await hass.config_entries.async_unload(entry.entry_id)

    async def is_over() -> bool | None:
        return not measured() or None

    # Home Assistant does not wait for tasks that are being cancelled.
    await until("the end of the measurement", is_over, seconds=10)


def measured() -> list[str]:
    """Return the names of what measures now."""
    names = [task.get_name() for task in asyncio.all_tasks()]
    return [name for name in names if name.endswith(" measures")]


async def test_a_player_hears_it_so(house: House) -> None:
    kitchen = await house.player()
    for number in range(3):
        text = f"{LONG} Number {number}."
        await house.announce(text, kitchen.entity_id, options=EVEN)
        await house.over(number + 1)
    found, _ = loudness(house.hass, kitchen.device.audio[-1])
    assert found == pytest.approx(TARGET, abs=1.0)
