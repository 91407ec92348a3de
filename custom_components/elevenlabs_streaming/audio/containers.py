"""What is put around the audio that ElevenLabs sends, for whoever is to play it."""

from typing import Final, Protocol

_SAMPLE_BYTES: Final = 2
_FLIP_SIGN: Final = bytes(byte ^ 0x80 for byte in range(256))


class AudioContainer(Protocol):
    """One stream's container."""

    def begin(self) -> bytes:
        """Return what goes before the audio."""

    def add(self, audio: bytes) -> bytes:
        """Return what to hand on of the next audio, which may be nothing yet."""

    def end(self) -> bytes:
        """Return what is left at the end."""


class PlainContainer:
    """Audio as it comes, after a header."""

    def __init__(self, header: bytes = b"") -> None:
        """Without a header nothing is changed."""
        self._header = header

    def begin(self) -> bytes:
        """Return the header."""
        return self._header

    def add(self, audio: bytes) -> bytes:
        """Return the audio."""
        return audio

    def end(self) -> bytes:
        """Return nothing."""
        return b""


class WidenedWav(PlainContainer):
    """16-bit mono PCM in other channels and widths, after a header."""

    def __init__(self, header: bytes, channels: int, sample_bytes: int) -> None:
        """`sample_bytes`: 1, as WAV has them without a sign, to 4."""
        super().__init__(header)
        self._channels = channels
        self._sample_bytes = sample_bytes
        self._held = b""

    def add(self, audio: bytes) -> bytes:
        """Return whole samples; half of one waits for the other half."""
        audio = self._held + audio
        whole = len(audio) - len(audio) % _SAMPLE_BYTES
        self._held = audio[whole:]
        return self._repeated(_resized(audio[:whole], self._sample_bytes))

    def _repeated(self, audio: bytes) -> bytes:
        """Return the same sound in every channel."""
        if self._channels == 1:
            return audio
        size, block = self._sample_bytes, self._channels * self._sample_bytes
        repeated = bytearray(len(audio) * self._channels)
        for at in range(block):
            repeated[at::block] = audio[at % size :: size]
        return bytes(repeated)


def _resized(audio: bytes, sample_bytes: int) -> bytes:
    """Return 16-bit samples in another width, the least significant byte first."""
    if sample_bytes == _SAMPLE_BYTES:
        return audio
    low, high = audio[::2], audio[1::2]
    if sample_bytes == 1:
        return high.translate(_FLIP_SIGN)
    resized = bytearray(len(high) * sample_bytes)
    resized[sample_bytes - 2 :: sample_bytes] = low
    resized[sample_bytes - 1 :: sample_bytes] = high
    return bytes(resized)
