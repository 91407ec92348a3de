"""A local stand-in for the ElevenLabs API that really speaks."""

from .accounts import Account
from .behaviour import Behaviour, BehaviourError
from .journal import Journal
from .server import Simulator

__all__ = ["Account", "Behaviour", "BehaviourError", "Journal", "Simulator"]
