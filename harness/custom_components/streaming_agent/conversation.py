"""The streaming agent: repeats what it hears and goes on writing, as a language model would."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from homeassistant.components import conversation
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

LETTERS = 4
PAUSE = 0.04
# Long enough that Home Assistant speaks while the answer is still being written.
REST = (
    "I am still writing this answer, a few letters at a time, while you already hear how it began."
)


async def async_setup_entry(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's own signature
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the agent's entity."""
    async_add_entities([StreamingAgent(entry)])


def answer_to(text: str) -> str:
    """Compose the agent's answer."""
    return f"{text.strip()} {REST}"


async def write(text: str) -> AsyncIterator[conversation.AssistantContentDeltaDict]:
    """Write a text piece by piece, with a little time for each."""
    yield {"role": "assistant"}
    for start in range(0, len(text), LETTERS):
        yield {"content": text[start : start + LETTERS]}
        await asyncio.sleep(PAUSE)


class StreamingAgent(conversation.ConversationEntity):
    """An agent whose answers grow."""

    _attr_has_entity_name = True
    _attr_name = "Streaming agent"
    _attr_supports_streaming = True

    def __init__(self, entry: ConfigEntry) -> None:
        """Name the agent after its entry."""
        self._attr_unique_id = entry.entry_id

    @property
    def supported_languages(self) -> list[str] | Literal["*"]:
        """Repeating works in every language."""
        return "*"

    async def _async_handle_message(
        self,
        user_input: conversation.ConversationInput,
        chat_log: conversation.ChatLog,
    ) -> conversation.ConversationResult:
        answer = write(answer_to(user_input.text))
        async for _ in chat_log.async_add_delta_content_stream(self.entity_id, answer):
            pass
        return conversation.async_get_result_from_chat_log(user_input, chat_log)
