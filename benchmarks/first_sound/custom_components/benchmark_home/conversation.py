"""An agent that writes its answer token by token, each at its moment."""

import asyncio
from collections.abc import AsyncIterator
import time
from typing import Literal

from homeassistant.components import conversation
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .run import Run

# Home Assistant speaks a growing answer once it has more characters than this
# (assist_pipeline's STREAM_RESPONSE_CHARS).
GATE = 60


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    entry: ConfigEntry[Run],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the agent."""
    async_add_entities([Agent(entry)])


class Agent(conversation.ConversationEntity):
    """Answers as told."""

    _attr_has_entity_name = True
    _attr_name = "Benchmark agent"
    _attr_supports_streaming = True

    def __init__(self, entry: ConfigEntry[Run]) -> None:
        """Answer what the entry's run says."""
        self._attr_unique_id = entry.entry_id
        self._run = entry.runtime_data

    @property
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Every language is as good as another."""
        return "*"

    async def _async_handle_message(
        self,
        user_input: conversation.ConversationInput,
        chat_log: conversation.ChatLog,
    ) -> conversation.ConversationResult:
        async for _ in chat_log.async_add_delta_content_stream(self.entity_id, self._write()):
            pass
        return conversation.async_get_result_from_chat_log(user_input, chat_log)

    async def _write(self) -> AsyncIterator[conversation.AssistantContentDeltaDict]:
        answer, moments, written = self._run.answer, self._run.moments, 0
        yield {"role": "assistant"}
        await asyncio.sleep(answer.thinking)
        begun = time.monotonic()
        for number, token in enumerate(answer.tokens):
            await asyncio.sleep(begun + number / answer.rate - time.monotonic())
            written += len(token)
            moments.note("first token")
            if written > GATE:
                moments.note("60 characters")
            yield {"content": token}
        moments.note("last token")
