"""The repair issues of an account, and its request for a new API key."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import timedelta
import logging
from typing import Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueSeverity
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from ..api import DEFAULT_MODEL, ElevenLabsClient, ElevenLabsError, Model, Voice
from ..api.errors import (
    InvalidApiKeyError,
    MissingPermissionError,
    ModelNotFoundError,
    PlanError,
    QuotaExceededError,
    UnsupportedModelError,
    UnusualActivityError,
    VoiceNotFoundError,
)
from ..const import CONF_DICTIONARIES, CONF_MODEL, CONF_TEXT_NORMALIZATION, CONF_VOICE, DOMAIN
from ..speech import LONGEST_TEXT
from .catalogue import Catalogue, voice_subentries

_LOGGER = logging.getLogger(__name__)

ATTR_ENTRY: Final = "entry_id"
ATTR_VOICE: Final = "voice"
ATTR_KIND: Final = "kind"

VOICE_NOT_FOUND: Final = "voice_not_found"
VOICE_RETIRING: Final = "voice_retiring"
MODEL_REFUSED: Final = "model_refused"
MODEL_OUTDATED: Final = "model_outdated"
PLAN_REQUIRED: Final = "plan_required"
NORMALIZATION_LEFT_OUT: Final = "normalization_left_out"
DICTIONARY_NOT_FOUND: Final = "dictionary_not_found"
FALLBACK_USED: Final = "fallback_used"
FALLBACK_MISSING: Final = "fallback_missing"
QUOTA_EXCEEDED: Final = "quota_exceeded"
MISSING_PERMISSION: Final = "missing_permission"
UNUSUAL_ACTIVITY: Final = "unusual_activity"
ACCESS_REFUSED: Final = "access_refused"
SERVICE_UNREACHABLE: Final = "service_unreachable"

# HTTP statuses are below, close codes of WebSockets above.
_FIRST_CLOSE_CODE: Final = 1000
# A voice's owner must give a month's notice; ElevenLabs announces its own voices earlier.
_NOTICE: Final = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class _Presentation:
    """How an issue is shown."""

    severity: IssueSeverity
    page: str | None = None
    fixable: bool = False


_ERROR, _WARNING = IssueSeverity.ERROR, IssueSeverity.WARNING
_VOICES_PAGE: Final = "https://elevenlabs.io/app/voice-library"
_MODELS_PAGE: Final = "https://elevenlabs.io/docs/overview/models"
_SHOWN: Final = {
    VOICE_NOT_FOUND: _Presentation(_ERROR, _VOICES_PAGE, fixable=True),
    VOICE_RETIRING: _Presentation(_WARNING, _VOICES_PAGE, fixable=True),
    MODEL_REFUSED: _Presentation(_ERROR, _MODELS_PAGE, fixable=True),
    MODEL_OUTDATED: _Presentation(_WARNING, _MODELS_PAGE, fixable=True),
    PLAN_REQUIRED: _Presentation(_ERROR, "https://elevenlabs.io/pricing/api"),
    NORMALIZATION_LEFT_OUT: _Presentation(_WARNING, "https://elevenlabs.io/pricing/api"),
    DICTIONARY_NOT_FOUND: _Presentation(_WARNING),
    FALLBACK_USED: _Presentation(_WARNING),
    FALLBACK_MISSING: _Presentation(_WARNING),
    QUOTA_EXCEEDED: _Presentation(_ERROR, "https://elevenlabs.io/app/subscription"),
    MISSING_PERMISSION: _Presentation(_ERROR, "https://elevenlabs.io/app/settings/api-keys"),
    UNUSUAL_ACTIVITY: _Presentation(_ERROR, "https://help.elevenlabs.io"),
    ACCESS_REFUSED: _Presentation(_ERROR, "https://status.elevenlabs.io"),
    SERVICE_UNREACHABLE: _Presentation(_WARNING, "https://status.elevenlabs.io"),
}
_OF_ACCOUNT: Final[tuple[tuple[type[ElevenLabsError], str], ...]] = (
    (QuotaExceededError, QUOTA_EXCEEDED),
    (UnusualActivityError, UNUSUAL_ACTIVITY),
)
_OF_VOICE: Final[tuple[tuple[type[ElevenLabsError], str], ...]] = (
    (PlanError, PLAN_REQUIRED),
    (VoiceNotFoundError, VOICE_NOT_FOUND),
    (ModelNotFoundError, MODEL_REFUSED),
    (UnsupportedModelError, MODEL_REFUSED),
)
_LEFT_OUT: Final = {
    CONF_TEXT_NORMALIZATION: NORMALIZATION_LEFT_OUT,
    CONF_DICTIONARIES: DICTIONARY_NOT_FOUND,
}
# The more severe issue hides the other one of the same voice.
_HIDES: Final = {VOICE_NOT_FOUND: VOICE_RETIRING, MODEL_REFUSED: MODEL_OUTDATED}
_SECOND_MODEL: Final = "eleven_multilingual_v2"
_REACHED: Final = (ACCESS_REFUSED, SERVICE_UNREACHABLE)
_ANSWERED: Final = (*_REACHED, QUOTA_EXCEEDED, UNUSUAL_ACTIVITY)
_SPOKE: Final = (*_ANSWERED, MISSING_PERMISSION)
_SPOKE_AS_SET: Final = (PLAN_REQUIRED, VOICE_NOT_FOUND, MODEL_REFUSED)


class AccountIssues:
    """The issues of one account and its voices."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Delete the issues of voices that no longer exist."""
        self._hass = hass
        self._entry = entry
        self._is_unloaded = False
        voices = {voice.subentry_id for voice in voice_subentries(entry)}
        for issue in _issues(hass, entry.entry_id):
            if issue.data and issue.data[ATTR_VOICE] not in (None, *voices):
                ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
        entry.async_on_unload(self._unload)

    @callback
    def async_watch(
        self, coordinator: DataUpdateCoordinator[Catalogue], client: ElevenLabsClient
    ) -> None:
        """Check the voices and models in use whenever the account was read."""
        self._coordinator = coordinator
        self._client = client
        self._entry.async_on_unload(coordinator.async_add_listener(self._on_catalogue))

    @callback
    def report(self, err: ElevenLabsError, voice: str | None = None, *, usual: bool = True) -> None:
        """Show an error of a voice (its subentry's ID) or of the account.

        `usual`: whether it occurred with the configured voice and model, not with those of one
        call. Temporary errors are not shown.
        """
        if self._is_unloaded:
            return
        if isinstance(err, InvalidApiKeyError):
            self._entry.async_start_reauth(self._hass)
        elif kind := _kind_of_account(err, is_speech=voice is not None):
            self._show(kind)
        elif voice and usual and (kind := _find(_OF_VOICE, err)):
            self._show(kind, voice, **self._model(voice))

    @callback
    def works(self, voice: str | None = None, *, usual: bool = True) -> None:
        """Clear the issues that a success disproves.

        With a voice, it was heard; without one, a request was answered after one was rejected, or
        there are new credits.
        """
        if voice is None:
            self._clear(_ANSWERED)
            return
        self._clear(_SPOKE)
        self._clear((FALLBACK_USED, *(_SPOKE_AS_SET if usual else ())), voice)

    @callback
    def left_out(self, voice: str, settings: Container[str]) -> None:
        """Show which settings of a voice were refused, or that none was."""
        subentry = self._entry.subentries.get(voice)
        for setting, kind in _LEFT_OUT.items():
            if setting not in settings:
                self._clear((kind,), voice)
            elif subentry and setting in subentry.data:
                self._show(kind, voice, **self._model(voice))

    @callback
    def replaced(self, voice: str, engine: str | None, err: ElevenLabsError) -> None:
        """Show that the fallback spoke and why, or that it is missing."""
        if engine is None:
            self._show(FALLBACK_MISSING, voice)
            return
        self._clear((FALLBACK_MISSING,), voice)
        state = self._hass.states.get(engine)
        name = state.name if state else engine
        limit = str(LONGEST_TEXT)
        self._show(FALLBACK_USED, voice, cause=err.cause, fallback=name, limit=limit)

    @callback
    def unreachable(self, err: ElevenLabsError) -> None:
        """Show that ElevenLabs has been unavailable for long."""
        self._show(SERVICE_UNREACHABLE, cause=err.cause)

    @callback
    def reachable(self) -> None:
        """Clear the issues that an answer of ElevenLabs disproves."""
        self._clear(_REACHED)

    @callback
    def key_works(self) -> None:
        """End the request for a new API key, since this one is accepted."""
        flows = self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH})
        for flow in list(flows):
            self._hass.config_entries.flow.async_abort(flow["flow_id"])

    @callback
    def _on_catalogue(self) -> None:
        """Check the voices and models in use, if the account could be read."""
        if not self._coordinator.last_update_success:
            return
        for voice in voice_subentries(self._entry):
            self._check_model(voice)
            self._check_voice(voice)

    def _check_model(self, voice: ConfigSubentry) -> None:
        models = self._coordinator.data.models
        if not models:
            return
        model = self._coordinator.data.model(voice.data[CONF_MODEL])
        is_listed = model.model_id in models and model.can_speak
        if is_listed and not model.facts.successor:
            self._clear((MODEL_OUTDATED,), voice.subentry_id)
            return
        self._show(MODEL_OUTDATED, voice.subentry_id, **self._model(voice.subentry_id))

    def _check_voice(self, voice: ConfigSubentry) -> None:
        catalogue = self._coordinator.data
        voice_id = catalogue.voice_id(voice.data[CONF_VOICE])
        if listed := catalogue.voices.get(voice_id):
            self._clear((VOICE_NOT_FOUND,), voice.subentry_id)
            self._check_retirement(voice, listed)
        elif catalogue.voices:
            self._entry.async_create_background_task(
                self._hass, self._async_check_unlisted(voice, voice_id), f"{DOMAIN} checks a voice"
            )

    async def _async_check_unlisted(self, voice: ConfigSubentry, voice_id: str) -> None:
        """Check whether a voice that is not listed is gone; unlisted voices may speak."""
        try:
            self._check_retirement(voice, await self._client.voice(voice_id))
        except VoiceNotFoundError:
            self._show(VOICE_NOT_FOUND, voice.subentry_id)
        except ElevenLabsError as err:
            _LOGGER.debug("A voice could not be checked: %s", err.cause)

    def _check_retirement(self, voice: ConfigSubentry, found: Voice) -> None:
        """Show that a voice will soon be removed."""
        if found.retires_at:
            end = dt_util.utc_from_timestamp(found.retires_at)
            if end - dt_util.utcnow() < _NOTICE:
                date = dt_util.as_local(end).date().isoformat()
                self._show(VOICE_RETIRING, voice.subentry_id, date=date)
                return
        self._clear((VOICE_RETIRING,), voice.subentry_id)

    def _model(self, voice: str) -> dict[str, str]:
        """Return the names of a voice's model and of its replacement."""
        catalogue = self._coordinator.data
        model = catalogue.model(self._entry.subentries[voice].data[CONF_MODEL])
        return {"model": model.name, "other": catalogue.model(successor(model)).name}

    def _is_hidden(self, kind: str, voice: str | None) -> bool:
        """Whether a more severe issue is shown."""
        registry = ir.async_get(self._hass)
        greater = (great for great, small in _HIDES.items() if small == kind)
        return any(registry.async_get_issue(DOMAIN, self._issue_id(one, voice)) for one in greater)

    def _show(
        self, kind: str, voice: str | None = None, cause: str | None = None, **placeholders: str
    ) -> None:
        """Show an issue; one with causes has a text for each of them."""
        if self._is_unloaded or self._is_hidden(kind, voice):
            return
        shown = _SHOWN[kind]
        if lesser := _HIDES.get(kind):
            self._clear((lesser,), voice)
        if voice:
            if (subentry := self._entry.subentries.get(voice)) is None:
                return
            placeholders["voice"] = subentry.title
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id(kind, voice),
            data={ATTR_ENTRY: self._entry.entry_id, ATTR_VOICE: voice, ATTR_KIND: kind},
            is_fixable=shown.fixable,
            learn_more_url=shown.page,
            severity=shown.severity,
            translation_key=f"{kind}_{cause}" if cause else kind,
            translation_placeholders={"account": self._entry.title, **placeholders},
        )

    def _clear(self, kinds: tuple[str, ...], voice: str | None = None) -> None:
        if self._is_unloaded:
            return
        for kind in kinds:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id(kind, voice))

    def _issue_id(self, kind: str, voice: str | None) -> str:
        return f"{kind}_{voice or self._entry.entry_id}"

    @callback
    def _unload(self) -> None:
        """Clear all issues except dismissed ones, which stay dismissed."""
        self._is_unloaded = True
        for issue in _issues(self._hass, self._entry.entry_id):
            if issue.dismissed_version is None:
                ir.async_delete_issue(self._hass, DOMAIN, issue.issue_id)


def successor(model: Model) -> str:
    """Return the ID of the model that replaces another one."""
    if model.facts.successor:
        return model.facts.successor
    return _SECOND_MODEL if model.model_id == DEFAULT_MODEL else DEFAULT_MODEL


def is_unexplained(err: ElevenLabsError) -> bool:
    """Whether an HTTP response has no code, such as that of a proxy."""
    return not err.code and err.status is not None and err.status < _FIRST_CLOSE_CODE


@callback
def async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all issues of a removed account."""
    for issue in _issues(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


def _issues(hass: HomeAssistant, entry_id: str) -> list[ir.IssueEntry]:
    return [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.data and issue.data.get(ATTR_ENTRY) == entry_id
    ]


def _kind_of_account(err: ElevenLabsError, *, is_speech: bool) -> str | None:
    """Return the kind of an issue that concerns the whole account."""
    if isinstance(err, MissingPermissionError):
        # A key does not need the permissions to list things.
        return MISSING_PERMISSION if is_speech else None
    if isinstance(err, PlanError) and (is_unexplained(err) or not is_speech):
        return ACCESS_REFUSED
    return _find(_OF_ACCOUNT, err)


def _find(table: tuple[tuple[type[ElevenLabsError], str], ...], err: ElevenLabsError) -> str | None:
    return next((kind for error, kind in table if isinstance(err, error)), None)
