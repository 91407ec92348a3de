"""Assistants (Assist pipelines) that speak with the voices of an account.

Home Assistant's dialog of an assistant selects the first voice that an engine lists. Until version
0.2 that was the first by the alphabet, not the engine's own.
"""

from collections.abc import Container
from typing import TYPE_CHECKING, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity

from ..const import CONF_VOICE, DOMAIN
from .catalogue import Catalogue
from .issues import ATTR_ENTRY, ATTR_KIND, ATTR_VOICE

if TYPE_CHECKING:
    from homeassistant.components.assist_pipeline import Pipeline

ASSISTANT_VOICE: Final = "assistant_voice"
ATTR_ASSISTANT: Final = "assistant"
_PIPELINES: Final = "assist_pipeline"


@callback
def async_assistants(hass: HomeAssistant, engines: Container[str]) -> list[Pipeline]:
    """Return the assistants that speak with one of some engines."""
    if _PIPELINES not in hass.config.components:
        return []
    # Not imported above, since that would load Assist where it is not used.
    from homeassistant.components.assist_pipeline import (  # noqa: PLC0415
        async_get_pipelines,
    )

    return [one for one in async_get_pipelines(hass) if one.tts_engine in engines]


async def async_set_assistant_voice(hass: HomeAssistant, assistant: Pipeline, voice: str) -> None:
    """Have an assistant speak with another voice of its engine."""
    from homeassistant.components.assist_pipeline import (  # noqa: PLC0415  # as above
        async_update_pipeline,
    )

    await async_update_pipeline(hass, assistant, tts_voice=voice)


@callback
def async_check_assistants(
    hass: HomeAssistant,
    entry: ConfigEntry,
    voice: ConfigSubentry,
    engine: str,
    catalogue: Catalogue,
) -> None:
    """Show an issue for each assistant of an engine that lacks its voice only by mistake."""
    if not catalogue.voices:
        return
    own = catalogue.voice_id(voice.data[CONF_VOICE])
    mistaken = [
        one
        for one in async_assistants(hass, (engine,))
        if one.tts_voice != own and one.tts_voice == _first_voice(one, catalogue)
    ]
    _clear(hass, voice, except_for={_issue_id(one) for one in mistaken})
    for assistant in mistaken:
        other = catalogue.voices[str(assistant.tts_voice)].name
        _show(hass, entry, voice, assistant, other)


def _clear(hass: HomeAssistant, voice: ConfigSubentry, except_for: Container[str]) -> None:
    """Clear the issues of assistants that have been changed or removed."""
    for issue in [*ir.async_get(hass).issues.values()]:
        data = issue.data if issue.domain == DOMAIN and issue.data else {}
        is_ours = data.get(ATTR_KIND) == ASSISTANT_VOICE
        if is_ours and data[ATTR_VOICE] == voice.subentry_id and issue.issue_id not in except_for:
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


def _show(
    hass: HomeAssistant,
    entry: ConfigEntry,
    voice: ConfigSubentry,
    assistant: Pipeline,
    other: str,
) -> None:
    """Show that an assistant speaks with another voice, given by its name."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(assistant),
        data={
            ATTR_ENTRY: entry.entry_id,
            ATTR_VOICE: voice.subentry_id,
            ATTR_KIND: ASSISTANT_VOICE,
            ATTR_ASSISTANT: assistant.id,
        },
        is_fixable=True,
        severity=IssueSeverity.WARNING,
        translation_key=ASSISTANT_VOICE,
        translation_placeholders={
            "assistant": assistant.name,
            "other": other,
            "voice": voice.title,
        },
    )


def _first_voice(assistant: Pipeline, catalogue: Catalogue) -> str | None:
    """Return the voice that was listed first when the entity's own was not."""
    voices = catalogue.voices_for(assistant.tts_language or assistant.language)
    return voices[0].voice_id if voices else None


def _issue_id(assistant: Pipeline) -> str:
    return f"{ASSISTANT_VOICE}_{assistant.id}"
