"""Sound as bytes: containers and frames. Independent of Home Assistant."""

from .containers import AudioContainer, PlainContainer, WidenedWav
from .duration import DurationReader
from .flac import FLAC_RATES, FlacContainer
from .leveller import Leveller
from .levels import LevelReader, levels_of
from .loudness import loudness, samples_of_wav
from .mp3 import FrameReader, frames_of
from .quiet import Quiet, QuietFinder
from .silence import silent_audio
from .stream_format import StreamFormat, read_format
from .wav import mp3_in_wav_header, wav_header

__all__ = [
    "FLAC_RATES",
    "AudioContainer",
    "DurationReader",
    "FlacContainer",
    "FrameReader",
    "LevelReader",
    "Leveller",
    "PlainContainer",
    "Quiet",
    "QuietFinder",
    "StreamFormat",
    "WidenedWav",
    "frames_of",
    "levels_of",
    "loudness",
    "mp3_in_wav_header",
    "read_format",
    "samples_of_wav",
    "silent_audio",
    "wav_header",
]
