"""What a stream is, as its first bytes tell."""

import pytest

from custom_components.elevenlabs_streaming.audio import StreamFormat, read_format, wav_header

OTHER = StreamFormat("other")
MP3_FRAME = bytes((0xFF, 0xFB, 0x90, 0xC0))


def test_a_wav_tells_its_samples() -> None:
    header = wav_header(16_000, 2, 3)
    found = read_format(header)
    assert found == StreamFormat("wav", 16_000, 2, 3, header_bytes=len(header))


def test_other_chunks_of_a_wav_are_skipped() -> None:
    header = wav_header(16_000)
    listed = header[:36] + b"LIST\x04\x00\x00\x00abcd" + header[36:]
    found = read_format(listed)
    assert found
    assert (found.kind, found.header_bytes) == ("wav", len(listed))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"RIFF",
        wav_header(16_000)[:40],
        b"fLaC" + bytes(10),
        b"ID3\x04\x00\x00\x00\x00\x00\x20aa",
    ],
)
def test_more_is_needed(head: bytes) -> None:
    assert read_format(head) is None


@pytest.mark.parametrize(
    "head",
    [
        b"OggS" + bytes(60),
        b"RIFF" + bytes(4) + b"WAVEdata" + bytes(8),
        b"RIFF" + bytes(4) + b"WAVE" + b"junk\xff\xff\xff\x7f" + bytes(70_000),
        wav_header(16_000).replace(b"\x01\x00\x01\x00", b"\x03\x00\x01\x00", 1),
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(100),
    ],
)
def test_what_cannot_be_joined_as_it_is(head: bytes) -> None:
    assert read_format(head) == OTHER


@pytest.mark.parametrize("tag", [b"", b"ID3\x04\x00\x00\x00\x00\x00\x04abcd"])
def test_an_mp3_tells_its_frames(tag: bytes) -> None:
    assert read_format(tag + MP3_FRAME + bytes(20)) == StreamFormat("mp3", 44_100, 1, kbps=128)


def test_a_flac_tells_its_rate() -> None:
    rate_and_channels = (48_000 << 12 | 1 << 9).to_bytes(4)
    head = b"fLaC" + bytes(14) + rate_and_channels + bytes(30)
    assert read_format(head) == StreamFormat("other", 48_000, 2)
