"""What to speak and how: every parameter of the APIs.

Source: docs/protocol.md, "WebSocket messages" and "HTTP requests".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .output_formats import MP3_44100_128, OutputFormat
from .request_fields import set_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSettings:
    """`voice_settings`; None leaves the voice's own stored setting."""

    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    use_speaker_boost: bool | None = None
    speed: float | None = None
    clone_strength: float | None = None
    """For professional clones on v4, over HTTP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryLocator:
    """A pronunciation dictionary; no version means its latest."""

    pronunciation_dictionary_id: str
    version_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechRequest:
    """One utterance's parameters, in the API's own words. None is not sent."""

    voice_id: str
    dialogue_voices: tuple[str, ...] = ()
    """The IDs of all voices that one Text-to-Dialogue WebSocket speaks with; empty for one."""
    model_id: str
    output_format: OutputFormat = MP3_44100_128
    language_code: str | None = None
    voice_settings: VoiceSettings = VoiceSettings()
    pronunciation_dictionary_locators: tuple[DictionaryLocator, ...] = ()
    seed: int | None = None
    apply_text_normalization: str | None = None
    """`auto`, `on` or `off`."""
    apply_language_text_normalization: bool | None = None
    enable_logging: bool = True
    optimize_streaming_latency: int | None = None

    previous_text: str | None = None
    next_text: str | None = None
    previous_request_ids: tuple[str, ...] = ()
    next_request_ids: tuple[str, ...] = ()
    use_pvc_as_ivc: bool | None = None
    audio_effects: Mapping[str, Any] | None = None

    chunk_length_schedule: tuple[int, ...] = ()
    auto_mode: bool = False
    sync_alignment: bool = True
    enable_ssml_parsing: bool = False
    inactivity_timeout: int = 20
    """Seconds without text after which the server closes the socket; at most 180."""
    try_trigger_generation: bool | None = None

    @property
    def changes_pronunciation(self) -> bool:
        """Whether dictionaries change what is said."""
        return bool(self.pronunciation_dictionary_locators)

    @property
    def locators(self) -> list[dict[str, Any]]:
        """The pronunciation dictionaries as JSON."""
        return [set_fields(locator) for locator in self.pronunciation_dictionary_locators]
