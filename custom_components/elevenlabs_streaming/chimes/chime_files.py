"""The chimes that come with the component, made by `scripts/chimes`."""

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "sounds"

CHIMES: Final = ("alert", "bell", "ding_dong", "gentle", "rising")
"""Their names."""


def chime_file(name: str) -> Path | None:
    """Return the file of a chime that comes with the component; None if there is none."""
    return _FOLDER / f"{name}.flac" if name in CHIMES else None
