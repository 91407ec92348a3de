"""Satellites that ask for their own audio formats, and tell where the audio is."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.assist_satellite import (
    AssistSatelliteConfiguration,
    AssistSatelliteEntity,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .run import Run

# What satellites ask for: nothing, which is MP3; ESPHome with a speaker, and VoIP; Voice PE.
FORMATS: dict[str, dict[str, Any] | None] = {
    "mp3": None,
    "wav": {
        "preferred_format": "wav",
        "preferred_sample_rate": 16000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
    "flac": {
        "preferred_format": "flac",
        "preferred_sample_rate": 48000,
        "preferred_sample_channels": 1,
        "preferred_sample_bytes": 2,
    },
}
FRAME_S = 0.02
FRAME = bytes(640)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ConfigEntry[Run],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add a satellite for each format."""
    satellites = {name: Ear(entry, name) for name in FORMATS}
    run = entry.runtime_data
    run.ask.update({name: one.asked for name, one in satellites.items()})
    run.finish += [one.tts_response_finished for one in satellites.values()]
    async_add_entities(list(satellites.values()))


class Ear(AssistSatelliteEntity):
    """A satellite that somebody speaks to."""

    _attr_has_entity_name = True

    def __init__(self, entry: ConfigEntry[Run], wanted: str) -> None:
        """Ask for one format."""
        self._run = entry.runtime_data
        self._attr_name = f"Benchmark {wanted}"
        self._attr_unique_id = f"{entry.entry_id}_{wanted}"
        self._attr_tts_options = FORMATS[wanted]

    @callback
    def async_get_configuration(self) -> AssistSatelliteConfiguration:
        """Return nothing of interest."""
        return AssistSatelliteConfiguration([], [], 0)

    async def async_set_configuration(self, config: AssistSatelliteConfiguration) -> None:
        """Take nothing."""

    async def asked(self) -> None:
        """Hear somebody, and answer."""
        await self.async_accept_pipeline_from_satellite(_speech(self._run.answer.listening))

    @callback
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Tell the device what it needs to fetch the answer."""
        data = event.data or {}
        if event.type is PipelineEventType.RUN_START:
            self._run.tell({"kind": "url", "url": data["tts_output"]["url"]})
        elif data.get("tts_start_streaming"):
            self._run.moments.note("streaming")
            self._run.tell({"kind": "fetch"})
        elif event.type is PipelineEventType.ERROR:
            self._run.tell({"kind": "error", "message": str(data.get("message"))})


async def _speech(seconds: float) -> AsyncGenerator[bytes]:
    """Speak for a while, at the pace of speech."""
    for _ in range(round(seconds / FRAME_S)):
        yield FRAME
        await asyncio.sleep(FRAME_S)
    yield FRAME
