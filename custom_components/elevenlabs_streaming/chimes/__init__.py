"""Chimes before and after announcements, joined with the speech in one stream."""

from .chime_error import ChimeError
from .chime_files import CHIMES, chime_file
from .chime_names import chime_id
from .library import ChimeLibrary
from .surroundings import Surroundings

__all__ = ["CHIMES", "ChimeError", "ChimeLibrary", "Surroundings", "chime_file", "chime_id"]
