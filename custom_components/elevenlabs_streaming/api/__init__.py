"""The ElevenLabs HTTP and WebSocket API. Independent of Home Assistant."""

from .chunk import SpeechChunk
from .client import ElevenLabsClient
from .credentials import Credentials
from .dictionaries import PronunciationDictionary
from .endpoints import DEFAULT_REGION, REGIONS, endpoint_url, is_residency
from .errors import ElevenLabsError
from .letters import LETTERS_AT_ONCE, count_letters
from .models import DEFAULT_MODEL, Model, base_language, model_facts
from .output_formats import MP3_44100_128, PCM_RATES, OutputFormat
from .receipt import Receipt, connection_trace
from .request import DictionaryLocator, SpeechRequest, VoiceSettings
from .socket import SpeechSocket
from .timeouts import Timeouts
from .timings import Timings
from .voices import Subscription, Voice, voices_called

__all__ = [
    "DEFAULT_MODEL",
    "DEFAULT_REGION",
    "LETTERS_AT_ONCE",
    "MP3_44100_128",
    "PCM_RATES",
    "REGIONS",
    "Credentials",
    "DictionaryLocator",
    "ElevenLabsClient",
    "ElevenLabsError",
    "Model",
    "OutputFormat",
    "PronunciationDictionary",
    "Receipt",
    "SpeechChunk",
    "SpeechRequest",
    "SpeechSocket",
    "Subscription",
    "Timeouts",
    "Timings",
    "Voice",
    "VoiceSettings",
    "base_language",
    "connection_trace",
    "count_letters",
    "endpoint_url",
    "is_residency",
    "model_facts",
    "voices_called",
]
