"""A voice assistant for tests: ears that always hear the same, an agent that answers as told."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any, Literal, override

from homeassistant.components import conversation, stt
from homeassistant.components.assist_pipeline import PipelineEvent, PipelineEventType
from homeassistant.components.conversation.const import DATA_COMPONENT as AGENTS
from homeassistant.helpers import llm
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.elevenlabs_streaming.const import DOMAIN
from tests.helpers.home import ENGINE
from tests.helpers.players import Device, House, Satellite

AGENT = "conversation.butler"
HEARING = "stt.hearing"
ANNOUNCE_TOOL = f"{DOMAIN}__announce"


class Butler(conversation.ConversationEntity):
    """An agent that answers what it was told to, a few letters at a time."""

    _attr_name = "Butler"
    _attr_unique_id = "butler"
    _attr_supports_streaming = True

    def __init__(self) -> None:
        """Know one answer."""
        self.answer = "Yes."
        self.pause = 0.0
        """Seconds between its letters; with none all is there at once."""

    @property
    @override
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Speak every language."""
        return "*"

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        async for _ in chat_log.async_add_delta_content_stream(self.entity_id, self._write()):
            pass
        return conversation.async_get_result_from_chat_log(user_input, chat_log)

    async def _write(self) -> AsyncIterator[conversation.AssistantContentDeltaDict]:
        yield {"role": "assistant"}
        for start in range(0, len(self.answer), 4):
            yield {"content": self.answer[start : start + 4]}
            await asyncio.sleep(self.pause)


class Announcing(Butler):
    """An agent that calls the tool with what it was told to, and keeps the answer."""

    def __init__(self, **args: Any) -> None:
        """Know what to call the tool with."""
        super().__init__()
        self.args = args
        self.told: Any = None

    @override
    async def _async_handle_message(
        self, user_input: conversation.ConversationInput, chat_log: conversation.ChatLog
    ) -> conversation.ConversationResult:
        ids = [api.id for api in llm.async_get_apis(self.hass)]
        ours = [one for one in ids if one.startswith(DOMAIN)] or ["assist"]
        await chat_log.async_provide_llm_data(user_input.as_llm_context("test"), ours, None, None)
        async for content in chat_log.async_add_delta_content_stream(self.entity_id, self._call()):
            if isinstance(content, conversation.ToolResultContent):
                self.told = content
        return await super()._async_handle_message(user_input, chat_log)

    async def _call(self) -> AsyncIterator[conversation.AssistantContentDeltaDict]:
        yield {"role": "assistant"}
        yield {"tool_calls": [llm.ToolInput(ANNOUNCE_TOOL, self.args)]}


class Hearing(stt.SpeechToTextEntity):
    """Ears that hear the same whatever is said."""

    _attr_name = "Hearing"
    _attr_unique_id = "hearing"
    supported_languages = ["en"]  # noqa: RUF012  # Home Assistant's properties, given as they are
    supported_formats = [stt.AudioFormats.WAV]  # noqa: RUF012  # the same
    supported_codecs = [stt.AudioCodecs.PCM]  # noqa: RUF012  # the same
    supported_bit_rates = [stt.AudioBitRates.BITRATE_16]  # noqa: RUF012  # the same
    supported_sample_rates = [stt.AudioSampleRates.SAMPLERATE_16000]  # noqa: RUF012  # the same
    supported_channels = [stt.AudioChannels.CHANNEL_MONO]  # noqa: RUF012  # the same

    @override
    async def async_process_audio_stream(
        self, metadata: stt.SpeechMetadata, stream: AsyncIterable[bytes]
    ) -> stt.SpeechResult:
        """Hear."""
        return stt.SpeechResult("What is it?", stt.SpeechResultState.SUCCESS)


class Talker(Satellite):
    """A satellite that people talk to; it fetches the answer as soon as there is any."""

    def __init__(self, name: str, device: Device, **ways: Any) -> None:
        """`ways` are what is unusual about it."""
        super().__init__(name, device, **ways)
        self._url = ""
        self._listening: asyncio.Task[None] | None = None
        self.finish = asyncio.Event()
        """Set when its sound may end."""

    async def asked(self) -> None:
        """Hear somebody, and answer to the end."""
        await self.async_accept_pipeline_from_satellite(_silence())
        if self._listening:
            await self._listening
        await self.finish.wait()
        self.tts_response_finished()

    @override
    def on_pipeline_event(self, event: PipelineEvent) -> None:
        data = event.data or {}
        if event.type is PipelineEventType.RUN_START:
            self._url = data.get("tts_output", {}).get("url", "")
        elif not self._url:  # the engine is gone
            return
        elif data.get("tts_start_streaming") or event.type is PipelineEventType.TTS_END:
            self._listening = self._listening or asyncio.ensure_future(self._listen())

    async def _listen(self) -> None:
        await self.device.fetch(self._url)


async def _silence() -> AsyncGenerator[bytes]:
    yield bytes(320)


async def furnish(house: House, **pipeline: Any) -> Butler:
    """Put an assistant with our voice into a home; returns its agent."""
    for component in ("stt", "conversation", "assist_pipeline"):
        assert await async_setup_component(house.hass, component, {})
    butler = Butler()
    await house.hass.data[AGENTS].async_add_entities([butler])
    await house.hass.data[stt.DATA_COMPONENT].async_add_entities([Hearing()])
    wanted = {
        "name": "House",
        "language": "en",
        "conversation_engine": AGENT,
        "conversation_language": "en",
        "stt_engine": HEARING,
        "stt_language": "en",
        "tts_engine": ENGINE,
        "tts_language": "en",
        "tts_voice": None,
        "wake_word_entity": None,
        "wake_word_id": None,
        **pipeline,
    }
    socket = house.socket
    await socket.send_json_auto_id({"type": "assist_pipeline/pipeline/create", **wanted})
    made = (await socket.receive_json())["result"]
    await socket.send_json_auto_id(
        {"type": "assist_pipeline/pipeline/set_preferred", "pipeline_id": made["id"]}
    )
    assert (await socket.receive_json())["success"]
    return butler


async def talker(house: House, name: str = "Hall", **ways: Any) -> Talker:
    """Put a satellite that people talk to into a home."""
    satellite = Talker(name, house.device(ways), **ways)
    await house.add_satellite(satellite)
    entry = MockConfigEntry(title=name)
    entry.add_to_hass(house.hass)
    satellite.platform.config_entry = entry
    return satellite
