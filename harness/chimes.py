"""Make the chimes of the component: struck tones, computed from their notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
import numpy.typing as npt

from harness.paths import REPOSITORY

FOLDER: Final = REPOSITORY / "custom_components/elevenlabs_streaming/chimes/sounds"
RATE: Final = 48_000
PEAK: Final = 0.5
ATTACK_S: Final = 0.004
RELEASE_S: Final = 0.03
# Multiples of the note, their level, and how much faster they fade: a tube, a bar of wood, a bell.
TUBE: Final = ((1.0, 1.0, 1.0), (2.0, 0.35, 1.6), (3.01, 0.15, 2.5), (4.17, 0.06, 4.0))
WOOD: Final = ((1.0, 1.0, 1.0), (3.93, 0.22, 4.0), (9.2, 0.05, 9.0))
BELL: Final = ((0.5, 0.3, 0.7), (1.0, 1.0, 1.0), (1.19, 0.5, 1.3), (2.0, 0.4, 1.8), (2.74, 0.2, 3))

type Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strike:
    """One struck tone."""

    at: float
    """Seconds."""
    hertz: float
    fades: float
    """Seconds in which it falls to 1/e."""
    level: float = 1.0


@dataclass(frozen=True, slots=True)
class Chime:
    """What is struck, and how long it sounds, in seconds."""

    seconds: float
    partials: Sequence[tuple[float, float, float]]
    strikes: Sequence[Strike]


C5, E5, G5, A5, C6, E6 = 523.25, 659.26, 783.99, 880.0, 1046.5, 1318.51
CHIMES: Final[Mapping[str, Chime]] = {
    "alert": Chime(
        1.5, TUBE, [Strike(0.2 * number, (A5, E6)[number % 2], 0.12) for number in range(6)]
    ),
    "bell": Chime(2.0, BELL, [Strike(0.0, A5, 0.55)]),
    "ding_dong": Chime(2.0, TUBE, [Strike(0.0, E5, 0.5), Strike(0.55, C5, 0.6)]),
    "gentle": Chime(
        1.4, WOOD, [Strike(0.0, C5, 0.3), Strike(0.16, G5, 0.3, 0.8), Strike(0.32, C6, 0.4, 0.6)]
    ),
    "rising": Chime(
        1.3, TUBE, [Strike(0.0, C5, 0.18), Strike(0.16, E5, 0.18), Strike(0.32, G5, 0.4)]
    ),
}


def samples_of(chime: Chime) -> Samples:
    """Return a chime as samples from -1 to 1."""
    total = np.zeros(round(chime.seconds * RATE))
    for strike in chime.strikes:
        start = round(strike.at * RATE)
        time = np.arange(len(total) - start) / RATE
        tone = np.zeros_like(time)
        for multiple, level, speed in chime.partials:
            fade = np.exp(-time * speed / strike.fades)
            tone += level * fade * np.sin(2 * np.pi * strike.hertz * multiple * time)
        total[start:] += strike.level * tone * np.minimum(1.0, time / ATTACK_S)
    total *= PEAK / np.abs(total).max()
    release = round(RELEASE_S * RATE)
    total[-release:] *= np.linspace(1.0, 0.0, release)
    return total


def write(name: str, samples: Samples) -> None:
    """Write a chime as FLAC."""
    pcm = np.round(samples * 32767).astype(np.int16)
    with av.open(FOLDER / f"{name}.flac", "w") as container:
        stream = container.add_stream("flac", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(pcm[np.newaxis, :], format="s16", layout="mono")
        frame.sample_rate = RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, chime in CHIMES.items():
        write(name, samples_of(chime))
