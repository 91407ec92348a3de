"""What to speak and how: every parameter of the API, laid out for either route.

Source: docs/protocol.md, "WebSocket messages" and "HTTP requests".
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .output_formats import MP3_44100_128, OutputFormat


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

    def http_query(self) -> dict[str, str]:
        """Return the query of an HTTP request."""
        return _query(
            output_format=self.output_format.current_name,
            enable_logging=None if self.enable_logging else False,
            optimize_streaming_latency=self.optimize_streaming_latency,
        )

    def http_body(self, text: str) -> dict[str, Any]:
        """Return the JSON body of an HTTP request."""
        return _present(
            text=_valid(text),
            model_id=self.model_id,
            language_code=self.language_code,
            voice_settings=_set_fields(self.voice_settings),
            pronunciation_dictionary_locators=self._locators(),
            seed=self.seed,
            previous_text=self.previous_text and _valid(self.previous_text),
            next_text=self.next_text and _valid(self.next_text),
            previous_request_ids=list(self.previous_request_ids),
            next_request_ids=list(self.next_request_ids),
            use_pvc_as_ivc=self.use_pvc_as_ivc,
            audio_effects=self.audio_effects,
            apply_text_normalization=self.apply_text_normalization,
            apply_language_text_normalization=self.apply_language_text_normalization,
        )

    def socket_query(self) -> dict[str, str]:
        """Return the query of a WebSocket."""
        return _query(
            model_id=self.model_id,
            language_code=self.language_code,
            output_format=self.output_format,
            inactivity_timeout=self.inactivity_timeout,
            sync_alignment=self.sync_alignment,
            auto_mode=self.auto_mode or None,
            enable_ssml_parsing=self.enable_ssml_parsing or None,
            enable_logging=None if self.enable_logging else False,
            apply_text_normalization=self.apply_text_normalization,
            apply_language_text_normalization=self.apply_language_text_normalization,
            seed=self.seed,
            optimize_streaming_latency=self.optimize_streaming_latency,
        )

    def first_message(self, credentials: dict[str, str]) -> dict[str, Any]:
        """Return the message that opens a socket; its text is one space."""
        schedule = list(self.chunk_length_schedule)
        return _present(
            text=" ",
            voice_settings=_set_fields(self.voice_settings),
            generation_config={"chunk_length_schedule": schedule} if schedule else None,
            pronunciation_dictionary_locators=self._locators(),
            **credentials,
        )

    def text_message(self, text: str, *, flush: bool = False) -> dict[str, Any]:
        """Return a message with a piece of text; it must end in a space."""
        return _present(
            text=_valid(text),
            flush=flush or None,
            try_trigger_generation=self.try_trigger_generation,
        )

    def _locators(self) -> list[dict[str, Any]]:
        return [_set_fields(locator) for locator in self.pronunciation_dictionary_locators]


def _valid(text: str) -> str:
    """Join the halves of a character that a writer split; JSON has no place for one alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _present(**values: Any) -> dict[str, Any]:
    """Drop what is not set."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def _set_fields(value: VoiceSettings | DictionaryLocator) -> dict[str, Any]:
    return _present(**asdict(value))


def _query(**values: object) -> dict[str, str]:
    """Spell a query: `True` and `False` with capitals are not understood (pipecat#4293)."""
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in values.items()
        if value is not None
    }
