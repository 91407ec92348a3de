"""Adding an account, its first voice and further voices, through Home Assistant's forms."""

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
import logging
import re
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_API_KEY
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.translation import async_get_translations
import voluptuous as vol

from .api import (
    DEFAULT_MODEL,
    DEFAULT_REGION,
    REGIONS,
    Credentials,
    ElevenLabsClient,
    ElevenLabsError,
    Model,
    Voice,
    endpoint_url,
    is_residency,
)
from .api.errors import (
    ApiKeyIdError,
    BusyError,
    ConnectionFailedError,
    InvalidApiKeyError,
    InvalidRequestError,
    MissingPermissionError,
    PlanError,
    ProtocolError,
    QuotaExceededError,
    ServerError,
    StalledError,
    UnusualActivityError,
)
from .const import (
    CONF_ENDPOINT,
    CONF_MODEL,
    CONF_PRIVATE,
    CONF_ROUTE,
    CONF_SEED,
    CONF_SIMILARITY_BOOST,
    CONF_SPEED,
    CONF_STABILITY,
    CONF_STYLE,
    CONF_TEXT_NORMALIZATION,
    CONF_USE_SPEAKER_BOOST,
    CONF_VOICE,
    DOMAIN,
    ROUTES,
    SUBENTRY_VOICE,
    TEXT_NORMALIZATIONS,
)

_LOGGER = logging.getLogger(__name__)

KEYS_PAGE = "https://elevenlabs.io/app/settings/api-keys"
TITLE = "ElevenLabs"
BASE = "base"
OFFERED_MODELS = (
    DEFAULT_MODEL,
    "eleven_flash_v2",
    "eleven_multilingual_v2",
    "eleven_v3",
    "eleven_v3_conversational",
    "eleven_v4",
    "eleven_v4_turbo",
)
"""What to choose from when the key may not list the account's models."""

_SETTINGS = (
    CONF_ROUTE,
    CONF_STABILITY,
    CONF_SIMILARITY_BOOST,
    CONF_STYLE,
    CONF_USE_SPEAKER_BOOST,
    CONF_SPEED,
    CONF_SEED,
    CONF_TEXT_NORMALIZATION,
)
_SHOWN_AT_TOP = (
    StalledError,
    ConnectionFailedError,
    ServerError,
    BusyError,
    PlanError,
    UnusualActivityError,
)
_KEY = re.compile(r"[\x21-\x7e]+")
# Ids are twenty letters and digits today; a name typed by mistake is shorter or has blanks.
_VOICE_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MODEL_ID = re.compile(r"[A-Za-z0-9_.-]+")


class RefusedError(Exception):
    """What was filled in cannot be used: the field at fault and the message to show there."""

    def __init__(self, at: str, key: str) -> None:
        """`at`: a field of the form, or `base`; `key`: a key of the translations."""
        super().__init__(key)
        self.at = at
        self.key = key

    def errors(self, schema: Any) -> dict[str, str]:
        """Return the form's errors; at its top where it does not have the field."""
        return {self.at if self.at in schema.schema else BASE: self.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a key may see of its account; None where it may not look."""

    client: ElevenLabsClient
    endpoint: str
    account_id: str | None
    voices: list[Voice] | None
    models: list[Model] | None

    def model(self, model_id: str) -> Model:
        """Return a model, with the account's own facts where it lists it."""
        listed = (model for model in self.models or () if model.model_id == model_id)
        return next(listed, Model.known(model_id))

    def voice(self, wanted: str) -> Voice | None:
        """Return the voice of an id, or of a name that only one voice has."""
        voices = self.voices or []
        if found := next((voice for voice in voices if voice.voice_id == wanted), None):
            return found
        named = [voice for voice in voices if voice.name.casefold() == wanted.casefold()]
        return named[0] if len(named) == 1 else None


@dataclass(slots=True)
class _Probe:
    """Questions to an account, where a missing permission is an answer too."""

    proven: bool = False
    """Whether an answer showed that the key is valid."""
    refusals: list[ElevenLabsError] = field(default_factory=list)

    async def ask[T](self, question: Awaitable[T]) -> T | None:
        """Return the answer, or None where the account keeps it from us."""
        try:
            answer = await question
        except MissingPermissionError, QuotaExceededError:
            self.proven = True
            return None
        except (PlanError, InvalidRequestError) as err:
            self.refusals.append(err)
            return None
        self.proven = True
        return answer


async def async_open_account(hass: HomeAssistant, access: Mapping[str, Any]) -> Account:
    """Look at an account through calls that cost nothing; RefusedError says what is wrong."""
    endpoint = access[CONF_ENDPOINT]
    credentials = Credentials(api_key=access[CONF_API_KEY])
    client = ElevenLabsClient(async_get_clientsession(hass), credentials, endpoint)
    probe = _Probe()
    with _refusing(endpoint):
        models = await probe.ask(client.models())
        voices = await probe.ask(client.voices())
        account_id = await probe.ask(client.account_id())
        if not probe.proven:
            raise probe.refusals[0]
    speaking = [model for model in models or () if model.can_speak]
    return Account(
        client=client,
        endpoint=endpoint,
        account_id=account_id,
        voices=voices,
        models=speaking or None,
    )


@contextmanager
def _refusing(endpoint: str) -> Iterator[None]:
    """Turn whatever goes wrong on the wire into a message at the right field."""
    try:
        yield
    except RefusedError:
        raise
    except ElevenLabsError as err:
        raise _refusal(err, endpoint) from err
    except Exception as err:
        _LOGGER.exception("Unexpected failure while looking at an ElevenLabs account")
        raise RefusedError(BASE, "unknown") from err


def _refusal(err: ElevenLabsError, endpoint: str) -> RefusedError:
    match err:
        case ApiKeyIdError():
            return RefusedError(CONF_API_KEY, err.cause)
        case InvalidApiKeyError() if is_residency(endpoint):
            return RefusedError(CONF_ENDPOINT, "wrong_region")
        case InvalidApiKeyError():
            return RefusedError(CONF_API_KEY, err.cause)
        case InvalidRequestError() | ProtocolError():
            return RefusedError(CONF_ENDPOINT, "not_elevenlabs")
    kind = next((kind for kind in _SHOWN_AT_TOP if isinstance(err, kind)), ElevenLabsError)
    return RefusedError(BASE, kind.cause)


def _access(filled: Mapping[str, Any]) -> dict[str, str]:
    """Return key and endpoint as they are kept."""
    key = filled[CONF_API_KEY].strip()
    if not _KEY.fullmatch(key):
        raise RefusedError(CONF_API_KEY, "invalid_api_key")
    return {CONF_API_KEY: key, CONF_ENDPOINT: _endpoint(filled[CONF_ENDPOINT])}


def _endpoint(typed: str) -> str:
    """Return the region's name where there is one, else the address without a trailing slash."""
    try:
        url = endpoint_url(typed.strip().lower() if typed.strip().lower() in REGIONS else typed)
    except ValueError as err:
        raise RefusedError(CONF_ENDPOINT, "invalid_endpoint") from err
    regions = (region for region in REGIONS if endpoint_url(region) == url)
    return next(regions, str(url).rstrip("/"))


def _schema(fields: Mapping[vol.Marker, Any]) -> Any:
    """Return a form. Which library's `Schema` Home Assistant's annotations name varies."""
    return vol.Schema(fields)


def _key_field(*, required: bool = True) -> dict[vol.Marker, Any]:
    marker = vol.Required if required else vol.Optional
    selector = TextSelector(
        TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
    )
    return {marker(CONF_API_KEY): selector}


def _endpoint_field() -> dict[vol.Marker, Any]:
    selector = SelectSelector(
        SelectSelectorConfig(
            options=list(REGIONS),
            translation_key=CONF_ENDPOINT,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )
    return {vol.Required(CONF_ENDPOINT, default=DEFAULT_REGION): selector}


def _voice_schema(account: Account) -> Any:
    """Return the form of one voice. No voice is chosen in advance."""
    return _schema(
        {
            vol.Required(CONF_VOICE): _voice_selector(account.voices),
            _model_marker(account.models): _model_selector(account.models),
            vol.Optional(CONF_ROUTE): _choice(CONF_ROUTE, ROUTES),
            vol.Optional(CONF_STABILITY): _number(0, 1),
            vol.Optional(CONF_SIMILARITY_BOOST): _number(0, 1),
            vol.Optional(CONF_STYLE): _number(0, 1),
            vol.Optional(CONF_USE_SPEAKER_BOOST): _choice(CONF_USE_SPEAKER_BOOST, ("on", "off")),
            vol.Optional(CONF_SPEED): _number(0.7, 1.2),
            vol.Optional(CONF_SEED): _number(0, 2**32 - 1, step=1),
            vol.Optional(CONF_TEXT_NORMALIZATION): _choice(
                CONF_TEXT_NORMALIZATION, TEXT_NORMALIZATIONS
            ),
            vol.Optional(CONF_PRIVATE): BooleanSelector(),
        }
    )


def _voice_selector(voices: list[Voice] | None) -> TextSelector | SelectSelector:
    if not voices:
        return TextSelector()
    options = [SelectOptionDict(value=voice.voice_id, label=_label(voice)) for voice in voices]
    # A custom value is what makes the frontend show a list that can be searched.
    return SelectSelector(
        SelectSelectorConfig(
            options=options, custom_value=True, mode=SelectSelectorMode.DROPDOWN, sort=True
        )
    )


def _label(voice: Voice) -> str:
    words = ", ".join(
        word.replace("_", " ") for word in (voice.category, voice.description) if word
    )
    return f"{voice.name} ({words})" if words else voice.name


def _model_marker(models: list[Model] | None) -> vol.Marker:
    if models is None or any(model.model_id == DEFAULT_MODEL for model in models):
        return vol.Required(CONF_MODEL, default=DEFAULT_MODEL)
    return vol.Required(CONF_MODEL)


def _model_selector(models: list[Model] | None) -> SelectSelector:
    offered = models or [Model.known(model_id) for model_id in OFFERED_MODELS]
    return SelectSelector(
        SelectSelectorConfig(
            options=[SelectOptionDict(value=model.model_id, label=model.name) for model in offered],
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _choice(key: str, options: tuple[str, ...]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=list(options), translation_key=key, mode=SelectSelectorMode.DROPDOWN
        )
    )


def _number(lowest: float, highest: float, step: float = 0.01) -> NumberSelector:
    # A slider could not be left empty, and empty means: as the voice is set at ElevenLabs.
    return NumberSelector(
        NumberSelectorConfig(min=lowest, max=highest, step=step, mode=NumberSelectorMode.BOX)
    )


async def _async_hints(hass: HomeAssistant, account: Account) -> dict[str, str]:
    """Say in the form what the key does not let us list."""
    hidden = {"voices_hidden": account.voices is None, "models_hidden": account.models is None}
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    wanted = (f"component.{DOMAIN}.common.{key}" for key, is_so in hidden.items() if is_so)
    return {"hint": " ".join(texts[key] for key in wanted)}


async def _async_choose(
    account: Account, filled: Mapping[str, Any]
) -> tuple[Voice, dict[str, Any]]:
    """Check what was filled in for a voice; return the voice and what to keep."""
    voice = await _async_find_voice(account, filled[CONF_VOICE].strip())
    model = _find_model(account, filled[CONF_MODEL].strip())
    if filled.get(CONF_ROUTE) == "websocket" and not model.facts.websocket:
        raise RefusedError(CONF_ROUTE, "route_unsupported")
    kept: dict[str, Any] = {CONF_VOICE: voice.voice_id, CONF_MODEL: model.model_id}
    kept |= {key: filled[key] for key in _SETTINGS if filled.get(key) is not None}
    if filled.get(CONF_PRIVATE):
        kept[CONF_PRIVATE] = True
    if CONF_SEED in kept:
        kept[CONF_SEED] = int(kept[CONF_SEED])
    if CONF_USE_SPEAKER_BOOST in kept:
        kept[CONF_USE_SPEAKER_BOOST] = kept[CONF_USE_SPEAKER_BOOST] == "on"
    return voice, kept


async def _async_find_voice(account: Account, wanted: str) -> Voice:
    """Return the wanted voice, asking the account where it may be asked."""
    if known := account.voice(wanted):
        return known
    if account.voices is not None:
        with _refusing(account.endpoint):
            try:
                return await account.client.voice(wanted)
            except MissingPermissionError, QuotaExceededError:
                pass  # Then the id's form has to do, as for a key that may not list voices.
            except InvalidRequestError as err:
                raise RefusedError(CONF_VOICE, "voice_not_found") from err
    if not _VOICE_ID.fullmatch(wanted):
        raise RefusedError(CONF_VOICE, "invalid_voice_id")
    return Voice(voice_id=wanted, name=wanted)


def _find_model(account: Account, wanted: str) -> Model:
    listed = {model.model_id for model in account.models or ()}
    if (listed and wanted not in listed) or not _MODEL_ID.fullmatch(wanted):
        raise RefusedError(CONF_MODEL, "model_not_found")
    return account.model(wanted)


def _filled_again(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return kept data as the form has it."""
    filled = dict(data)
    if CONF_USE_SPEAKER_BOOST in filled:
        filled[CONF_USE_SPEAKER_BOOST] = "on" if filled[CONF_USE_SPEAKER_BOOST] else "off"
    return filled


def _free_title(wishes: list[str], taken: set[str]) -> str:
    """Return the first wish that is free, else the last one with a number."""
    last = wishes[-1]
    numbered = (f"{last} {number}" for number in count(2))
    return next(title for titles in (wishes, numbered) for title in titles if title not in taken)


def _voice_titles(voice_name: str, model: Model) -> list[str]:
    return [voice_name, f"{voice_name} ({model.name})"]


def _is_given_title(title: str, account: Account, data: Mapping[str, Any]) -> bool:
    """Whether a voice still has the title that we gave it."""
    voice, model = account.voice(data[CONF_VOICE]), account.model(data[CONF_MODEL])
    names = {data[CONF_VOICE], voice.name if voice else data[CONF_VOICE]}
    given = {wish for name in names for wish in _voice_titles(name, model)}
    return title in given or re.sub(r" \d+$", "", title) in given


class ElevenLabsStreamingConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with its first voice; later takes a new key or endpoint."""

    VERSION = 1
    MINOR_VERSION = 1

    _access: dict[str, str]
    _account: Account

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to an account."""
        return {SUBENTRY_VOICE: VoiceSubentryFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the key and where it is valid."""
        schema = _schema(_key_field() | _endpoint_field())
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                await self._async_open(_access(user_input))
            except RefusedError as err:
                errors = err.errors(schema)
            else:
                return await self.async_step_voice()
        return self._show("user", schema, user_input, errors)

    async def _async_open(self, access: dict[str, str]) -> None:
        """Look at the account, unless it is there already."""
        self._async_abort_entries_match(access)
        self._account = await async_open_account(self.hass, access)
        self._access = access
        if self._account.account_id:
            await self.async_set_unique_id(self._account.account_id, raise_on_progress=False)
            self._abort_if_unique_id_configured(reload_on_update=False)

    async def async_step_voice(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the first voice."""
        schema = _voice_schema(self._account)
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                voice, data = await _async_choose(self._account, user_input)
            except RefusedError as err:
                errors = err.errors(schema)
            else:
                return self._create(voice, data)
        return self.async_show_form(
            step_id="voice",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
            description_placeholders=await _async_hints(self.hass, self._account),
            last_step=True,
        )

    def _create(self, voice: Voice, data: dict[str, Any]) -> ConfigFlowResult:
        """Create the entry with its first voice."""
        # Another flow may have added the same account while this one showed its form.
        self._async_abort_entries_match(self._access)
        first = ConfigSubentryData(
            subentry_type=SUBENTRY_VOICE, title=voice.name, data=data, unique_id=None
        )
        return self.async_create_entry(title=self._title(), data=self._access, subentries=[first])

    def _title(self) -> str:
        """Return a title that no other account has."""
        endpoint = self._access[CONF_ENDPOINT]
        place = endpoint.upper() if endpoint in REGIONS else endpoint_url(endpoint).host
        wishes = [TITLE] if endpoint == DEFAULT_REGION else [TITLE, f"{TITLE} ({place})"]
        return _free_title(wishes, {entry.title for entry in self._async_current_entries()})

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
        schema = _schema(_key_field())
        return await self._async_change(
            "reauth_confirm", schema, self._get_reauth_entry(), user_input
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another key of the account, or another endpoint."""
        schema = _schema(_key_field(required=False) | _endpoint_field())
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
        """Change what gives access; what the form did not ask for stays."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                access = _access({**entry.data, **user_input})
                self._async_abort_entries_match(access)
                account = await async_open_account(self.hass, access)
                await self._async_refuse_another(entry, account)
            except RefusedError as err:
                errors = err.errors(schema)
            else:
                return self._update(entry, access)
        kept = {CONF_ENDPOINT: entry.data[CONF_ENDPOINT]}
        return self._show(step_id, schema, kept if user_input is None else user_input, errors)

    async def _async_refuse_another(self, entry: ConfigEntry, account: Account) -> None:
        """Refuse the key of another account, as far as its account can be known."""
        if account.account_id is None or account.account_id == entry.unique_id:
            return
        if entry.unique_id is not None:
            raise RefusedError(CONF_API_KEY, "wrong_account")
        await self.async_set_unique_id(account.account_id, raise_on_progress=False)
        self._abort_if_unique_id_configured(reload_on_update=False)

    def _update(self, entry: ConfigEntry, access: dict[str, str]) -> ConfigFlowResult:
        """Keep the new access and have the entry reloaded once."""
        unique_id = entry.unique_id or self.unique_id
        if entry.update_listeners:
            return self.async_update_and_abort(entry, unique_id=unique_id, data_updates=access)
        # An entry that failed to set up has no listener that would reload it.
        return self.async_update_reload_and_abort(entry, unique_id=unique_id, data_updates=access)

    def _show(
        self,
        step_id: str,
        schema: Any,
        filled: dict[str, Any] | None,
        errors: dict[str, str],
    ) -> ConfigFlowResult:
        """Show a form about access, with what was filled in before."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, filled),
            errors=errors,
            description_placeholders={"keys_page": KEYS_PAGE},
        )


class VoiceSubentryFlow(ConfigSubentryFlow):
    """Adds a voice to an account, or changes one."""

    _account: Account

    async def async_step_user(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> SubentryFlowResult:
        """Add a voice."""
        return await self._async_start(None)

    async def async_step_reconfigure(
        self,
        user_input: dict[str, Any] | None = None,  # noqa: ARG002  # Home Assistant's signature
    ) -> SubentryFlowResult:
        """Change a voice."""
        return await self._async_start(_filled_again(self._get_reconfigure_subentry().data))

    async def _async_start(self, filled: dict[str, Any] | None) -> SubentryFlowResult:
        """Show the form with what the account lists now."""
        try:
            self._account = await async_open_account(self.hass, self._get_entry().data)
        except RefusedError as err:
            return self.async_abort(reason=err.key)
        return await self._async_show(filled, {})

    async def async_step_voice(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Take what was filled in."""
        filled = user_input or {}
        try:
            voice, data = await _async_choose(self._account, filled)
        except RefusedError as err:
            return await self._async_show(filled, err.errors(_voice_schema(self._account)))
        if self.source == SOURCE_RECONFIGURE:
            return self._update(voice, data)
        title = self._free_title(voice, data, self._titles())
        return self.async_create_entry(title=title, data=data)

    async def _async_show(
        self, filled: dict[str, Any] | None, errors: dict[str, str]
    ) -> SubentryFlowResult:
        schema = _voice_schema(self._account)
        return self.async_show_form(
            step_id="voice",
            data_schema=self.add_suggested_values_to_schema(schema, filled),
            errors=errors,
            description_placeholders=await _async_hints(self.hass, self._account),
            last_step=True,
        )

    def _update(self, voice: Voice, data: dict[str, Any]) -> SubentryFlowResult:
        """Keep the changes; a title that the user chose stays."""
        subentry = self._get_reconfigure_subentry()
        title = subentry.title
        if _is_given_title(title, self._account, subentry.data):
            title = self._free_title(voice, data, self._titles() - {title})
        return self.async_update_and_abort(self._get_entry(), subentry, title=title, data=data)

    def _free_title(self, voice: Voice, data: dict[str, Any], taken: set[str]) -> str:
        model = self._account.model(data[CONF_MODEL])
        return _free_title(_voice_titles(voice.name, model), taken)

    def _titles(self) -> set[str]:
        subentries = self._get_entry().subentries.values()
        return {sub.title for sub in subentries if sub.subentry_type == SUBENTRY_VOICE}
