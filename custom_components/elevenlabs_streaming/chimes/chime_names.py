"""Which chimes an action names."""

from collections.abc import Mapping
from typing import Any, Final

import voluptuous as vol

from ..const import DOMAIN

MEDIA_SOURCE: Final = "media-source://"
_OURS: Final = f"{MEDIA_SOURCE}{DOMAIN}/chimes/"
_MEDIA_FOLDER: Final = f"{MEDIA_SOURCE}media_source/local/"
_ADDRESSES: Final = ("http://", "https://", MEDIA_SOURCE)


def chime_id(value: Any) -> str:
    """Return a chime's name, URL, or media source ID; raises vol.Invalid.

    `value` may be what a media selector gives. Any other file is in the media folder.
    """
    if isinstance(value, Mapping):
        value = value.get("media_content_id")
    if not isinstance(value, str) or not value.strip():
        raise vol.Invalid("Expected the name of a chime, a media source ID, a URL, or a file")
    name = value.strip().removeprefix(_OURS)
    if "." in name and not name.startswith(_ADDRESSES):
        return _MEDIA_FOLDER + name.removeprefix("/media/").lstrip("/")
    return name
