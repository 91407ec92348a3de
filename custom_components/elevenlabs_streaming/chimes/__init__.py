"""Chimes before and after announcements, joined with the speech in one stream."""

from .catalogue import CHIMES, chime_file
from .library import ChimeLibrary
from .surroundings import Surroundings
from .validation import chime_id

__all__ = ["CHIMES", "ChimeLibrary", "Surroundings", "chime_file", "chime_id"]
