"""The forms that add or change an account and its voices."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_API_KEY, Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
import voluptuous as vol

from .account import (
    AccountAccess,
    AssistantOptions,
    FormError,
    NotifierSubentryFlow,
    VoiceForm,
    access_of,
    async_open_account,
    async_open_voices,
    checked_quiet,
    checked_replacements,
    credits_selector,
    endpoint_field,
    free_title,
    is_given_title,
    key_field,
    quiet_fields,
    replacements_selector,
    voice_titles,
)
from .api import DEFAULT_REGION, REGIONS, Voice, endpoint_url
from .const import (
    CONF_DAILY_BUDGET,
    CONF_ENDPOINT,
    CONF_MODEL,
    CONF_MONTHLY_BUDGET,
    CONF_REPLACEMENTS,
    DOMAIN,
    SUBENTRY_NOTIFIER,
    SUBENTRY_VOICE,
)

KEYS_PAGE = "https://elevenlabs.io/app/settings/api-keys"
TITLE = "ElevenLabs"
_BUDGETS = (CONF_DAILY_BUDGET, CONF_MONTHLY_BUDGET)


def _schema(fields: Mapping[vol.Marker, Any]) -> Any:
    """Return a form. Which library's `Schema` Home Assistant's annotations name varies."""
    return vol.Schema(fields)


def _works(entry: ConfigEntry) -> bool:
    """Return whether an account is loaded and ElevenLabs answers it."""
    return entry.state is ConfigEntryState.LOADED and entry.runtime_data.works


class ElevenLabsStreamingConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with its first voice, and changes its key or endpoint."""

    VERSION = 1
    MINOR_VERSION = 3

    _access: dict[str, str]
    _account: AccountAccess
    _form: VoiceForm

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to an account."""
        return {SUBENTRY_VOICE: VoiceSubentryFlow, SUBENTRY_NOTIFIER: NotifierSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> AccountOptionsFlow:
        """Return the form of the account's options."""
        return AccountOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the API key and its endpoint."""
        schema = _schema(key_field() | endpoint_field())
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                await self._async_open(access_of(user_input))
            except FormError as err:
                errors = err.errors(schema)
            else:
                return await self.async_step_voice()
        return self._show("user", schema, user_input, errors)

    async def _async_open(self, access: dict[str, str]) -> None:
        """Read the account, unless it is already set up."""
        self._async_abort_entries_match(access)
        self._account = await async_open_voices(self.hass, access)
        self._access = access
        self._form = VoiceForm(self.hass, self._account)
        if self._account.account_id:
            await self.async_set_unique_id(self._account.account_id, raise_on_progress=False)
            self._abort_if_unique_id_configured(reload_on_update=False)

    async def async_step_voice(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the first voice."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                voice, data = await self._form.async_submit(user_input)
            except FormError as err:
                errors = err.errors(self._form.schema)
            else:
                return self._create(voice, data)
        schema = self.add_suggested_values_to_schema(self._form.schema, self._form.suggested)
        return self.async_show_form(
            step_id="voice",
            data_schema=schema,
            errors=errors,
            last_step=True,
        )

    def _create(self, voice: Voice, data: dict[str, Any]) -> ConfigFlowResult:
        """Create the entry with its first voice."""
        # Another flow may have added the same account while this one showed its form.
        self._async_abort_entries_match(self._access)
        first = ConfigSubentryData(
            subentry_type=SUBENTRY_VOICE, title=voice.short_name, data=data, unique_id=None
        )
        return self.async_create_entry(title=self._title(), data=self._access, subentries=[first])

    def _title(self) -> str:
        """Return a title that no other account has."""
        endpoint = self._access[CONF_ENDPOINT]
        place = endpoint.upper() if endpoint in REGIONS else endpoint_url(endpoint).host
        wishes = [TITLE] if endpoint == DEFAULT_REGION else [TITLE, f"{TITLE} ({place})"]
        return free_title(wishes, {entry.title for entry in self._async_current_entries()})

    async def async_step_reauth(
        self,
        entry_data: Mapping[str, Any],  # noqa: ARG002  # Home Assistant's signature
    ) -> ConfigFlowResult:
        """Start asking for a new key."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a key that works."""
        schema = _schema(key_field())
        return await self._async_change(
            "reauth_confirm", schema, self._get_reauth_entry(), user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another key of the account, or another endpoint."""
        schema = _schema(key_field(required=False) | endpoint_field())
        if user_input is not None and not user_input.get(CONF_API_KEY, "").strip():
            user_input = {CONF_ENDPOINT: user_input[CONF_ENDPOINT]}
        return await self._async_change(
            "reconfigure", schema, self._get_reconfigure_entry(), user_input
        )

    async def _async_change(
        self,
        step_id: str,
        schema: Any,
        entry: ConfigEntry,
        user_input: dict[str, Any] | None,
    ) -> ConfigFlowResult:
        """Change the access data; fields that the form does not have stay."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                access = access_of({**entry.data, **user_input})
                self._async_abort_entries_match(access)
                account = await async_open_account(self.hass, access)
                await self._async_reject_other_account(entry, account)
            except FormError as err:
                errors = err.errors(schema)
            else:
                return self._update(entry, access)
        kept = {CONF_ENDPOINT: entry.data[CONF_ENDPOINT]}
        return self._show(step_id, schema, kept if user_input is None else user_input, errors)

    async def _async_reject_other_account(self, entry: ConfigEntry, account: AccountAccess) -> None:
        """Reject the key of another account, if the account can be recognized."""
        if account.account_id is None or account.account_id == entry.unique_id:
            return
        if entry.unique_id is not None:
            raise FormError(CONF_API_KEY, "wrong_account")
        await self.async_set_unique_id(account.account_id, raise_on_progress=False)
        self._abort_if_unique_id_configured(reload_on_update=False)

    def _update(self, entry: ConfigEntry, access: dict[str, str]) -> ConfigFlowResult:
        """Store the new access data and reload the entry once.

        It is reloaded without a change too where something is wrong, such as a key that has been
        enabled again at ElevenLabs.
        """
        unique_id = entry.unique_id or self.unique_id
        is_changed = dict(entry.data) != {**entry.data, **access} or entry.unique_id != unique_id
        # An entry that failed to set up has no listener that would reload it.
        reloads_itself = is_changed and bool(entry.update_listeners)
        result = self.async_update_and_abort(entry, unique_id=unique_id, data_updates=access)
        if not reloads_itself and (self.source == SOURCE_REAUTH or not _works(entry)):
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    def _show(
        self,
        step_id: str,
        schema: Any,
        filled: dict[str, Any] | None,
        errors: dict[str, str],
    ) -> ConfigFlowResult:
        """Show a form for the access data, with the previous input."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, filled),
            errors=errors,
            description_placeholders={"keys_page": KEYS_PAGE},
        )


class AccountOptionsFlow(OptionsFlow):
    """Sets the budgets and the own words of an account, and what assistants may do."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the budgets, of which an empty field sets no limit, the words, and the rest."""
        schema = _schema(
            {
                **{vol.Optional(name): credits_selector() for name in _BUDGETS},
                vol.Optional(CONF_REPLACEMENTS): replacements_selector(),
                **quiet_fields(),
                **AssistantOptions(self.config_entry).fields,
            }
        )
        filled: Mapping[str, Any] = AssistantOptions(self.config_entry).filled
        failure: FormError | None = None
        if user_input is not None:
            try:
                return self.async_create_entry(data=_account_options(self.config_entry, user_input))
            except FormError as err:
                filled, failure = user_input, err
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(schema, filled),
            errors=failure.errors(schema) if failure else None,
            description_placeholders=failure.placeholders if failure else None,
            last_step=True,
        )


def _account_options(entry: ConfigEntry, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options to store; raises `FormError`."""
    given: dict[str, Any] = {name: int(entered.get(name) or 0) for name in _BUDGETS}
    given[CONF_REPLACEMENTS] = checked_replacements(entered.get(CONF_REPLACEMENTS, ()))
    given |= checked_quiet(entered) | AssistantOptions(entry).checked(entered)
    return {name: value for name, value in given.items() if value}


class VoiceSubentryFlow(ConfigSubentryFlow):
    """Adds a voice to an account, or changes one."""

    _account: AccountAccess
    _form: VoiceForm

    async def async_step_user(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> SubentryFlowResult:
        """Add a voice."""
        return await self._async_start(None, None)

    async def async_step_reconfigure(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> SubentryFlowResult:
        """Change a voice."""
        subentry = self._get_reconfigure_subentry()
        registry = er.async_get(self.hass)
        entity_id = registry.async_get_entity_id(Platform.TTS, DOMAIN, subentry.subentry_id)
        return await self._async_start(subentry.data, entity_id)

    async def _async_start(
        self, kept: Mapping[str, Any] | None, entity_id: str | None
    ) -> SubentryFlowResult:
        """Show the form with the account's current voices and models."""
        try:
            self._account = await async_open_voices(self.hass, self._get_entry().data)
        except FormError as err:
            return self.async_abort(reason=err.key)
        self._form = VoiceForm(self.hass, self._account, kept, entity_id)
        return self._show({})

    async def async_step_voice(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Handle the submitted form."""
        try:
            voice, data = await self._form.async_submit(user_input or {})
        except FormError as err:
            return self._show(err.errors(self._form.schema))
        if self.source == SOURCE_RECONFIGURE:
            return self._update(voice, data)
        title = self._free_title(voice, data, self._titles())
        return self.async_create_entry(title=title, data=data)

    def _show(self, errors: dict[str, str]) -> SubentryFlowResult:
        schema = self.add_suggested_values_to_schema(self._form.schema, self._form.suggested)
        return self.async_show_form(
            step_id="voice",
            data_schema=schema,
            errors=errors,
            last_step=True,
        )

    def _update(self, voice: Voice, data: dict[str, Any]) -> SubentryFlowResult:
        """Store the changes; a title that the user chose stays."""
        subentry = self._get_reconfigure_subentry()
        title = subentry.title
        if is_given_title(title, self._account, subentry.data):
            title = self._free_title(voice, data, self._titles() - {title})
        return self.async_update_and_abort(self._get_entry(), subentry, title=title, data=data)

    def _free_title(self, voice: Voice, data: dict[str, Any], taken: set[str]) -> str:
        model = self._account.model(data[CONF_MODEL])
        return free_title(voice_titles(voice, model), taken)

    def _titles(self) -> set[str]:
        subentries = self._get_entry().subentries.values()
        return {sub.title for sub in subentries if sub.subentry_type == SUBENTRY_VOICE}
