"""The official SDK in the version that Home Assistant's own integration asks for."""

import importlib
import sys


def prepare(folder: str, address: str) -> None:
    """Take the SDK from a folder, if one is named, and lead it to an address; blocking."""
    if folder:
        sys.path.insert(0, folder)
    environment = importlib.import_module("elevenlabs.environment").ElevenLabsEnvironment
    # Home Assistant's integration offers no other address; its clients ask for this value.
    environment.PRODUCTION._value_ = address
