"""Ears that hear until nothing more is said, and always understand the same."""

from collections.abc import AsyncIterable

from homeassistant.components import stt
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .run import Run


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ConfigEntry[Run],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the ears."""
    async_add_entities([Hearing(entry)])


class Hearing(stt.SpeechToTextEntity):
    """Understands the same whatever is said."""

    _attr_has_entity_name = True
    _attr_name = "Benchmark hearing"
    supported_languages = ["en"]  # noqa: RUF012  # Home Assistant's properties, given as they are
    supported_formats = [stt.AudioFormats.WAV]  # noqa: RUF012  # the same
    supported_codecs = [stt.AudioCodecs.PCM]  # noqa: RUF012  # the same
    supported_bit_rates = [stt.AudioBitRates.BITRATE_16]  # noqa: RUF012  # the same
    supported_sample_rates = [stt.AudioSampleRates.SAMPLERATE_16000]  # noqa: RUF012  # the same
    supported_channels = [stt.AudioChannels.CHANNEL_MONO]  # noqa: RUF012  # the same

    def __init__(self, entry: ConfigEntry[Run]) -> None:
        """Name the ears after the entry."""
        self._attr_unique_id = entry.entry_id

    async def async_process_audio_stream(
        self,
        metadata: stt.SpeechMetadata,  # noqa: ARG002  # Home Assistant's signature
        stream: AsyncIterable[bytes],
    ) -> stt.SpeechResult:
        """Listen to the end."""
        async for _ in stream:
            pass
        return stt.SpeechResult("What is there to tell?", stt.SpeechResultState.SUCCESS)
