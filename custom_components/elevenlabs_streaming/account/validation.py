"""Validation of an account before it is set up."""

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
import logging
import re
from typing import Any

from homeassistant.const import CONF_API_KEY
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..api import (
    REGIONS,
    Credentials,
    ElevenLabsClient,
    ElevenLabsError,
    Model,
    PronunciationDictionary,
    Voice,
    endpoint_url,
    is_residency,
    voices_called,
)
from ..api.errors import (
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
from ..const import CONF_ENDPOINT

_LOGGER = logging.getLogger(__name__)
BASE = "base"

_SHOWN_AT_TOP = (
    StalledError,
    ConnectionFailedError,
    ServerError,
    BusyError,
    PlanError,
    UnusualActivityError,
)
_KEY = re.compile(r"[\x21-\x7e]+")


class FormError(Exception):
    """The input of a form is invalid: the field and the message to show there."""

    def __init__(self, at: str, key: str, **placeholders: str) -> None:
        """Name the field (or `base`), the key of the translated message, and what is in it."""
        super().__init__(key)
        self.at = at
        self.key = key
        self.placeholders = placeholders

    def errors(self, schema: Any) -> dict[str, str]:
        """Return the errors of a form; at its top if it does not have the field."""
        return {self.at if self.at in schema.schema else BASE: self.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAccess:
    """What a key can read of its account; None where it lacks permission."""

    client: ElevenLabsClient
    endpoint: str
    account_id: str | None
    voices: list[Voice] | None
    models: list[Model] | None
    dictionaries: list[PronunciationDictionary] | None = None
    """Read for the form of a voice alone."""

    def model(self, model_id: str) -> Model:
        """Return a model, with the account's own facts if it lists it."""
        listed = (model for model in self.models or () if model.model_id == model_id)
        return next(listed, Model.known(model_id))

    def voice(self, wanted: str) -> Voice | None:
        """Return the voice with an ID, or with a name that only one voice has."""
        found = voices_called(self.voices or (), wanted)
        return found[0] if len(found) == 1 else None


@dataclass(slots=True)
class _Probe:
    """Requests to an account, for which a missing permission is an answer too."""

    proven: bool = False
    """Whether an answer showed that the key is valid."""
    refusals: list[ElevenLabsError] = field(default_factory=list)

    async def ask[T](self, question: Awaitable[T]) -> T | None:
        """Return the answer, or None if the request was rejected."""
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


async def async_open_account(hass: HomeAssistant, access: Mapping[str, Any]) -> AccountAccess:
    """Read an account with free requests; raises FormError if it cannot be used."""
    endpoint = access[CONF_ENDPOINT]
    credentials = Credentials(api_key=access[CONF_API_KEY])
    client = ElevenLabsClient(async_get_clientsession(hass), credentials, endpoint)
    probe = _Probe()
    with refusing(endpoint):
        models = await probe.ask(client.models())
        voices = await probe.ask(client.voices())
        account_id = await probe.ask(client.account_id())
        if not probe.proven:
            raise probe.refusals[0]
    speaking = [model for model in models or () if model.can_speak]
    return AccountAccess(
        client=client,
        endpoint=endpoint,
        account_id=account_id,
        voices=voices,
        models=speaking or None,
    )


async def async_open_voices(hass: HomeAssistant, access: Mapping[str, Any]) -> AccountAccess:
    """Read an account for the form of a voice; raises FormError if it cannot be used."""
    account = await async_open_account(hass, access)
    try:
        dictionaries = await account.client.pronunciation_dictionaries()
    except ElevenLabsError as err:
        # Nothing else needs them, and their IDs can be entered.
        _LOGGER.debug("Pronunciation dictionaries cannot be listed: %s", type(err).__name__)
        return account
    return replace(account, dictionaries=dictionaries)


@contextmanager
def refusing(endpoint: str) -> Iterator[None]:
    """Turn any error of a request into a FormError."""
    try:
        yield
    except FormError:
        raise
    except ElevenLabsError as err:
        raise refusal(err, endpoint) from err
    except Exception as err:
        _LOGGER.exception("Unexpected error while reading an ElevenLabs account")
        raise FormError(BASE, "unknown") from err


def refusal(err: ElevenLabsError, endpoint: str) -> FormError:
    """Return the message for an error, at the field that it concerns."""
    match err:
        case ApiKeyIdError():
            return FormError(CONF_API_KEY, err.cause)
        case InvalidApiKeyError() if is_residency(endpoint):
            return FormError(CONF_ENDPOINT, "wrong_region")
        case InvalidApiKeyError():
            return FormError(CONF_API_KEY, err.cause)
        case InvalidRequestError() | ProtocolError():
            return FormError(CONF_ENDPOINT, "not_elevenlabs")
    kind = next((kind for kind in _SHOWN_AT_TOP if isinstance(err, kind)), ElevenLabsError)
    return FormError(BASE, kind.cause)


def access_of(user_input: Mapping[str, Any]) -> dict[str, str]:
    """Return the key and endpoint as they are stored."""
    key = user_input[CONF_API_KEY].strip()
    if not _KEY.fullmatch(key):
        raise FormError(CONF_API_KEY, "invalid_api_key")
    return {CONF_API_KEY: key, CONF_ENDPOINT: _endpoint(user_input[CONF_ENDPOINT])}


def _endpoint(typed: str) -> str:
    """Return the name of a region, or the address without a trailing slash."""
    try:
        url = endpoint_url(typed.strip().lower() if typed.strip().lower() in REGIONS else typed)
    except ValueError as err:
        raise FormError(CONF_ENDPOINT, "invalid_endpoint") from err
    regions = (region for region in REGIONS if endpoint_url(region) == url)
    return next(regions, str(url).rstrip("/"))
