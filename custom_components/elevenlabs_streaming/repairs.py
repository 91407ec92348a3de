"""Repairs that replace a voice or a model that is gone, or the voice of an assistant."""

from abc import ABC, abstractmethod
from typing import Any, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import voluptuous as vol

from .account import (
    ASSISTANT_VOICE,
    ATTR_ASSISTANT,
    ATTR_ENTRY,
    ATTR_KIND,
    ATTR_VOICE,
    VOICE_NOT_FOUND,
    VOICE_RETIRING,
    AccountAccess,
    FormError,
    async_assistants,
    async_find_voice,
    async_open_account,
    async_set_assistant_voice,
    find_model,
    model_selector,
    successor,
    voice_selector,
)
from .const import CONF_MODEL, CONF_VOICE, DOMAIN

# Which library's `Schema` Home Assistant's annotations name varies.
_NO_FIELDS: Any = vol.Schema({})
_ABOUT_VOICES = (VOICE_NOT_FOUND, VOICE_RETIRING)


async def async_create_fix_flow(
    hass: HomeAssistant,  # noqa: ARG001  # Home Assistant's signature
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the form that mends an issue."""
    data = data or {}
    if data.get(ATTR_KIND) == ASSISTANT_VOICE:
        return AssistantRepair(
            issue_id,
            str(data.get(ATTR_ENTRY)),
            str(data.get(ATTR_VOICE)),
            str(data.get(ATTR_ASSISTANT)),
        )
    kind = VoiceRepair if data.get(ATTR_KIND) in _ABOUT_VOICES else ModelRepair
    return kind(issue_id, str(data.get(ATTR_ENTRY)), str(data.get(ATTR_VOICE)))


class _Repair(RepairsFlow, ABC):
    """A form that changes one setting of a voice."""

    _field: str
    _account: AccountAccess

    def __init__(self, issue_id: str, entry_id: str, voice: str) -> None:
        """Prepare the form; `voice` is the ID of its subentry."""
        self._issue = issue_id
        self._entry_id = entry_id
        self._voice = voice

    async def async_step_init(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> RepairsFlowResult:
        """Show the form, with what the account has now."""
        if (entry := self._entry()) is None or self._subentry(entry) is None:
            return self.async_abort(reason="voice_removed")
        try:
            self._account = await async_open_account(self.hass, entry.data)
        except FormError as err:
            return self.async_abort(reason=err.key)
        return self._show()

    async def _async_step(self, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Handle the submitted form."""
        if (entry := self._entry()) is None or (subentry := self._subentry(entry)) is None:
            return self.async_abort(reason="voice_removed")
        try:
            wanted = str(user_input[self._field]).strip()
            title, changes = await self._async_choose(subentry, wanted)
        except FormError as err:
            return self._show(user_input, err)
        self._update(entry, subentry, title, changes)
        return self.async_create_entry(data={})

    @abstractmethod
    async def _async_choose(
        self, subentry: ConfigSubentry, wanted: str
    ) -> tuple[str, dict[str, Any]]:
        """Return the voice's title and the changed settings; raises `FormError`."""

    @abstractmethod
    def _selector(self) -> Any:
        """Return the selector of the setting."""

    def _suggestion(self) -> str | None:
        """Return the value selected in advance."""
        return None

    def _show(
        self, user_input: dict[str, Any] | None = None, error: FormError | None = None
    ) -> RepairsFlowResult:
        # Without a suggestion, the frontend would select the first of the list.
        suggested = (user_input or {}).get(self._field, self._suggestion()) or ""
        field = vol.Required(self._field, description={"suggested_value": suggested})
        schema: Any = vol.Schema({field: self._selector()})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self._issue)
        return self.async_show_form(
            step_id=self._field,
            data_schema=schema,
            errors=error.errors(schema) if error else {},
            description_placeholders=(issue and issue.translation_placeholders) or {},
        )

    def _update(
        self, entry: ConfigEntry, subentry: ConfigSubentry, title: str, changes: dict[str, Any]
    ) -> None:
        """Store the change, which reloads the entry once."""
        data = {**subentry.data, **changes}
        entries = self.hass.config_entries
        # An entry that failed to set up has no listener that would reload it. A listener is gone
        # as soon as its reload begins.
        reloads_itself = bool(entry.update_listeners)
        changed = entries.async_update_subentry(entry, subentry, title=title, data=data)
        if changed and not reloads_itself:
            entries.async_schedule_reload(entry.entry_id)

    def _entry(self) -> ConfigEntry | None:
        return self.hass.config_entries.async_get_entry(self._entry_id)

    def _subentry(self, entry: ConfigEntry) -> ConfigSubentry | None:
        return entry.subentries.get(self._voice)


class VoiceRepair(_Repair):
    """Replaces a voice that is gone or will be removed."""

    _field = CONF_VOICE

    async def async_step_voice(self, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Handle the submitted voice."""
        return await self._async_step(user_input)

    @override
    async def _async_choose(
        self, subentry: ConfigSubentry, wanted: str
    ) -> tuple[str, dict[str, Any]]:
        voice = await async_find_voice(self._account, wanted)
        old = self._account.voice(subentry.data[CONF_VOICE])
        has_its_name = old is not None and subentry.title in (old.short_name, old.name)
        title = voice.short_name if has_its_name else subentry.title
        return title, {CONF_VOICE: voice.voice_id}

    @override
    def _selector(self) -> Any:
        return voice_selector(self._account.voices)


class ModelRepair(_Repair):
    """Replaces a model that is gone, rejected, or outdated."""

    _field = CONF_MODEL

    async def async_step_model(self, user_input: dict[str, Any]) -> RepairsFlowResult:
        """Handle the submitted model."""
        return await self._async_step(user_input)

    @override
    async def _async_choose(
        self, subentry: ConfigSubentry, wanted: str
    ) -> tuple[str, dict[str, Any]]:
        model = find_model(self._account, wanted)
        return subentry.title, {CONF_MODEL: model.model_id}

    @override
    def _selector(self) -> Any:
        return model_selector(self._account.models)

    @override
    def _suggestion(self) -> str | None:
        if (entry := self._entry()) is None or (subentry := self._subentry(entry)) is None:
            return None
        suggested = successor(self._account.model(subentry.data[CONF_MODEL]))
        listed = {model.model_id for model in self._account.models or ()}
        return suggested if not listed or suggested in listed else None


class AssistantRepair(RepairsFlow):
    """Has an assistant speak with the voice of the entity that is set as its engine."""

    def __init__(self, issue_id: str, entry_id: str, voice: str, assistant: str) -> None:
        """`voice`: the ID of its subentry; `assistant`: the ID of a pipeline."""
        self._issue = issue_id
        self._entry_id = entry_id
        self._voice = voice
        self._assistant = assistant

    async def async_step_init(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> RepairsFlowResult:
        """Ask first."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Set the voice."""
        if user_input is None:
            issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self._issue)
            return self.async_show_form(
                step_id="confirm",
                data_schema=_NO_FIELDS,
                description_placeholders=(issue and issue.translation_placeholders) or {},
            )
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        subentry = entry.subentries.get(self._voice) if entry else None
        engine = er.async_get(self.hass).async_get_entity_id(Platform.TTS, DOMAIN, self._voice)
        found = {one.id: one for one in async_assistants(self.hass, (engine or "",))}
        if subentry is None or (assistant := found.get(self._assistant)) is None:
            return self.async_abort(reason="assistant_changed")
        await async_set_assistant_voice(self.hass, assistant, subentry.data[CONF_VOICE])
        return self.async_create_entry(data={})
