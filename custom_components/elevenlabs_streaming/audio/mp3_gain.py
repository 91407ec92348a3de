"""How loud each granule of an MP3 is, without decoding it.

The side information tells how coarsely the spectrum is quantized, and which Huffman tables its
values are written with, each of which has a largest value (ISO 11172-3 §2.4.1.7 and table 3-B.7,
13818-3 §2.4.1.7). Together they tell the level of the loudest value to a few decibels, which is
enough to find the pauses of speech. How many bits are written tells less: where they are few, most
of them are those of values of one, which are not counted.
"""

from functools import lru_cache
import math
from typing import Final, NamedTuple

from .mp3 import HEADER_BYTES, FrameHeader

# Bits before those of the granules, of one granule (of one or two channels), and of how its scale
# factors are written; MPEG 1 has two granules in a frame, MPEG 2 and 2.5 have one.
_MPEG_1: Final = {17: (18, 59, 4), 32: (20, 118, 4)}
_MPEG_2: Final = {9: (9, 63, 9), 17: (10, 126, 9)}
# Bits of the length, of the count of pairs, and of the gain, which come first, and of what follows
# the scale factors: whether the window is another, and the tables.
_FIRST: Final = 29
_WINDOW: Final = 23
_LENGTH_BITS, _COUNT_BITS, _GAIN_BITS, _TABLE_BITS = 0xFFF, 0x1FF, 0xFF, 0x1F
# Where the numbers of the tables end, from the end, with the usual window and with another.
_TABLES: Final = (17, 12, 7)
_TABLES_OF_OTHER_WINDOW: Final = (14, 9)
# The largest value of each table; those from the 16th on have more bits for larger values.
_SMALL: Final = (0, 1, 2, 2, 0, 3, 3, 5, 5, 5, 7, 7, 7, 15, 0, 15)
_MORE_BITS: Final = (1, 2, 3, 4, 6, 8, 10, 13, 4, 5, 6, 7, 8, 9, 11, 13)
# A step of the gain in decibels; values are raised to the power of 4/3.
_DB_OF_GAIN: Final = 1.505
_DB_OF_TENFOLD: Final = 80 / 3
_DB_OF_TABLE: Final = tuple(
    _DB_OF_TENFOLD * math.log10(max(1, largest))
    for largest in (*_SMALL, *(14 + 2**bits for bits in _MORE_BITS))
)
_REFERENCE_GAIN: Final = 210
# What makes the level about that of 16-bit samples.
_OFFSET_DB: Final = 84.0
SILENCE_DB: Final = -100.0
"""The level of nothing at all."""


class Granules(NamedTuple):
    """The levels of granules, and how long each of them is."""

    levels: list[float]
    seconds: float
    read: int
    """Bytes that were read; the rest is half a frame."""


def read_granules(data: bytes) -> Granules:
    """Return the levels of the whole frames in some bytes; what is no frame is passed over."""
    at, levels, seconds = 0, list[float](), 0.0
    while at + HEADER_BYTES <= len(data):
        header = FrameHeader.read(data[at : at + HEADER_BYTES])
        if header is None:
            found = data.find(b"\xff", at + 1)
            at = found if found >= 0 else len(data)
            continue
        if at + header.length > len(data):
            break
        first, size, scale, count = _layout(header)
        start = at + header.side_start
        side = int.from_bytes(data[start : start + header.side])
        shift = header.side * 8 - first - _FIRST - scale - _WINDOW
        levels += [_level(side >> (shift - size * number), scale) for number in range(count)]
        seconds = header.seconds / count
        at += header.length
    return Granules(levels, seconds, min(at, len(data)))


@lru_cache(maxsize=16)
def _layout(header: FrameHeader) -> tuple[int, int, int, int]:
    """Return the numbers of bits of the tables above, and how many granules there are."""
    table, count = (_MPEG_1, 2) if header.is_mpeg_1 else (_MPEG_2, 1)
    return *table[header.side], count


def _level(fields: int, scale: int) -> float:
    """Return the level of a granule whose fields, up to the tables, end a number.

    `scale`: the bits that tell how its scale factors are written.
    """
    first = fields >> (scale + _WINDOW)
    if not first >> 17 & _LENGTH_BITS:
        return SILENCE_DB
    gain = (first & _GAIN_BITS) - _REFERENCE_GAIN
    level = _OFFSET_DB + _DB_OF_GAIN * gain
    if not first >> 8 & _COUNT_BITS:
        return level
    is_other = fields >> (_WINDOW - 1) & 1
    ends = _TABLES_OF_OTHER_WINDOW if is_other else _TABLES
    return level + max(_DB_OF_TABLE[fields >> end & _TABLE_BITS] for end in ends)
