"""Containers that are made as the audio comes, read by decoders that are not ours."""

import io
import random
import struct
from typing import Any

import av
import numpy as np
import pytest

from custom_components.elevenlabs_streaming.audio.containers import (
    AudioContainer,
    PlainContainer,
    WidenedWav,
)
from custom_components.elevenlabs_streaming.audio.flac import FLAC_RATES, FlacContainer
from custom_components.elevenlabs_streaming.audio.wav import mp3_in_wav_header, wav_header

RATE = 16000


def noise(samples: int, seed: int = 1) -> bytes:
    """Return 16-bit samples that use all their values."""
    values = np.random.default_rng(seed).integers(-32768, 32768, samples)
    return bytes(values.astype("<i2").tobytes())


def framed(
    framing: AudioContainer, audio: bytes, largest: int = 5000, seed: int = 1
) -> list[bytes]:
    """Put audio that comes in pieces of any size into a container."""
    rng, pieces, at = random.Random(seed), [framing.begin()], 0  # noqa: S311  # repeatable
    while at < len(audio):
        size = rng.randint(1, largest)
        pieces.append(framing.add(audio[at : at + size]))
        at += size
    return [*pieces, framing.end()]


def read(audio: bytes, **options: str) -> tuple[Any, np.ndarray[Any, Any]]:
    """Decode audio with all the checks that there are; one row of samples for each channel."""
    checks = {"err_detect": "crccheck+bitstream+buffer+explode", **options}
    with av.open(io.BytesIO(audio), "r", options=checks) as container:
        stream = container.streams.audio[0]
        stream.codec_context.options = checks
        frames = [frame.to_ndarray() for frame in container.decode(stream)]
        channels = stream.codec_context.layout.nb_channels
        samples = np.concatenate(frames, axis=1)
        return stream.codec_context, samples.reshape(-1, channels).T


@pytest.mark.parametrize("rate", sorted(FLAC_RATES))
def test_flac_gives_back_every_sample(rate: int) -> None:
    audio = noise(rate + 77)
    codec, samples = read(b"".join(framed(FlacContainer(rate), audio)))
    assert (codec.name, codec.sample_rate, codec.format.name) == ("flac", rate, "s16")
    assert samples.astype("<i2").tobytes() == audio


@pytest.mark.parametrize("samples", [0, 1, 2, 1151, 1152, 1153, 1152 * 200])
@pytest.mark.parametrize("largest", [1, 2303, 2304, 100_000])
def test_flac_of_any_length_in_any_pieces(samples: int, largest: int) -> None:
    if samples > 2000 and largest == 1:
        largest = 3
    audio = noise(samples)
    pieces = framed(FlacContainer(48000), audio, largest)
    assert pieces[0][:4] == b"fLaC"
    if samples:
        _, decoded = read(b"".join(pieces))
        assert decoded.astype("<i2").tobytes() == audio
    else:
        assert pieces[1:] == [b""]


def test_a_damaged_flac_is_noticed() -> None:
    """So the checks above are checks."""
    audio = bytearray(b"".join(framed(FlacContainer(RATE), noise(5000))))
    audio[3000] ^= 1
    with pytest.raises(av.error.FFmpegError):
        read(bytes(audio))


def test_flac_waits_for_no_more_than_a_frame() -> None:
    framing = FlacContainer(48000)
    handed_on = sum(len(framing.add(noise(480))) for _ in range(10))
    assert handed_on >= (4800 - 1152) * 2


def test_an_odd_byte_at_the_end_of_flac_is_no_sample() -> None:
    _, samples = read(b"".join(framed(FlacContainer(RATE), noise(10) + b"\x01")))
    assert samples.shape == (1, 10)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_pcm_in_other_widths_and_channels(channels: int, width: int) -> None:
    audio = noise(3001)
    header = wav_header(RATE, channels, width)
    assert struct.unpack_from("<I", header, 4) == struct.unpack_from("<I", header, 40)
    assert header[4:8] == b"\xff\xff\xff\xff"
    codec, samples = read(b"".join(framed(WidenedWav(header, channels, width), audio)))
    assert (codec.sample_rate, samples.shape) == (RATE, (channels, 3001))
    original = np.frombuffer(audio, "<i2").astype("int64")
    if width == 1:
        original = (original >> 8) + 128
    elif width > 2:
        original <<= 16
    for channel in samples.astype("int64"):
        np.testing.assert_array_equal(channel, original)


def test_plain_pcm_goes_on_as_it_comes() -> None:
    audio = noise(100)
    assert b"".join(framed(PlainContainer(wav_header(RATE)), audio)) == wav_header(RATE) + audio
    assert [PlainContainer().begin(), PlainContainer().add(audio), PlainContainer().end()] == [
        b"",
        audio,
        b"",
    ]


@pytest.mark.parametrize(("rate", "kbps"), [(44100, 128), (44100, 32), (44100, 192), (22050, 32)])
def test_mp3_in_a_wav_is_the_same_sound(rate: int, kbps: int) -> None:
    mp3 = encoded(rate, kbps)
    codec, samples = read(mp3_in_wav_header(rate, kbps) + mp3)
    assert (codec.name.startswith("mp3"), codec.sample_rate) == (True, rate)
    plain, same = read(mp3)
    assert plain.sample_rate == rate
    assert abs(samples.shape[1] - same.shape[1]) <= 2 * 1152
    assert np.abs(samples).max() > 0.1


def encoded(rate: int, kbps: int) -> bytes:
    """Return a second of a tone as mono MP3 of constant bit rate, without a header of its own."""
    tone = (np.sin(np.arange(rate) * 440 * 2 * np.pi / rate) * 8000).astype("<i2")
    out = io.BytesIO()
    with av.open(out, "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as file:
        stream = file.add_stream("mp3", rate=rate)
        stream.bit_rate = kbps * 1000
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        resampled = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for part in [*resampled.resample(frame), None]:
            file.mux(stream.encode(part))
    return out.getvalue()
