"""Stops requests while ElevenLabs does not work, and probes it with free requests."""

from datetime import datetime
from enum import StrEnum
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..api import ElevenLabsClient, ElevenLabsError, Subscription
from ..api.errors import (
    BusyError,
    ConcurrencyLimitError,
    ConnectionFailedError,
    InvalidApiKeyError,
    MissingPermissionError,
    PlanError,
    ProtocolError,
    QuotaExceededError,
    ServerError,
    UnusualActivityError,
)
from ..const import DOMAIN
from .issues import AccountIssues, is_unexplained

_LOGGER = logging.getLogger(__name__)

_LIMIT: Final = 3
"""Temporary failures in a row after which requests stop."""
_WAITS_S: Final = (30.0, 60.0, 120.0, 180.0, 210.0, 300.0)
_LASTING_S: Final = 600.0
# An invalid key usually stays invalid; only its owner can enable it again.
_WAIT_FOR_KEY_S: Final = 1800.0

# These concern the whole account and would happen again.
_CERTAIN: Final = (
    InvalidApiKeyError,
    MissingPermissionError,
    QuotaExceededError,
    UnusualActivityError,
)
_SHOWN_BY_SPEECH: Final = (MissingPermissionError, UnusualActivityError)
PASSING_ERRORS: Final = (BusyError, ConnectionFailedError, PlanError, ProtocolError, ServerError)


class CircuitState(StrEnum):
    """Whether requests are sent to ElevenLabs."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    """One utterance is allowed, as a test."""
    OPEN = "open"


class CircuitBreaker:
    """The circuit breaker of one account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: ElevenLabsClient,
        issues: AccountIssues,
    ) -> None:
        """Start closed."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._issues = issues
        self._error: ElevenLabsError | None = None
        self._failures = 0
        self._step = 0
        self._opened = 0.0
        self._is_trying = False
        self._is_unloaded = False
        self._timer: CALLBACK_TYPE | None = None
        self.state = CircuitState.CLOSED
        self.since: datetime | None = None
        """When ElevenLabs stopped working; None while it works."""
        entry.async_on_unload(self._unload)

    @property
    def cause(self) -> str | None:
        """Return why it is not closed, as a key of the translated exceptions."""
        return self._error.cause if self._error else None

    @callback
    def ask(self) -> ElevenLabsError | None:
        """Return the error that prevents an utterance, or None to allow it."""
        if self.state is CircuitState.OPEN or self._is_trying:
            return self._error
        self._is_trying = self.state is CircuitState.HALF_OPEN
        return None

    @callback
    def failed(self, err: ElevenLabsError) -> None:
        """Record an utterance that failed before its first audio."""
        self._is_trying = False
        if not _is_of_account(err):
            return
        self._failures += _LIMIT if isinstance(err, _CERTAIN) else 1
        if self._failures >= _LIMIT:
            self._open(err)

    @callback
    def worked(self) -> None:
        """Record an utterance that was heard."""
        self._step = 0
        self._close(failures=0)

    @callback
    def answered(self, subscription: Subscription | None = None) -> None:
        """Record that the account answered a free request, maybe with its credits.

        This disproves whatever a probe would have disproved, so it does not wait for one.
        """
        if self._error and self._is_disproved(self._error, subscription):
            self._close(failures=_LIMIT - 1)

    @callback
    def left(self) -> None:
        """Record that an utterance ended, which may have shown nothing."""
        self._is_trying = False

    def _open(self, err: ElevenLabsError) -> None:
        self._error = err
        if self.since is None:
            self.since = dt_util.utcnow()
            self._opened = self._hass.loop.time()
            _LOGGER.warning("ElevenLabs is unavailable: %s", err.cause)
        self.state = CircuitState.OPEN
        if isinstance(err, InvalidApiKeyError):
            self._stop()
        if self._timer is None:
            self._wait()

    def _close(self, *, failures: int) -> None:
        """Close; with `failures` just below the limit the next failure opens it again."""
        self._stop()
        self._failures, self._is_trying = failures, False
        if self.since is None:
            return
        _LOGGER.info("ElevenLabs is back")
        self.state, self.since, self._error = CircuitState.CLOSED, None, None
        self._issues.reachable()
        self._issues.key_works()

    def _wait(self) -> None:
        if self._is_unloaded:
            return
        wait = _WAIT_FOR_KEY_S
        if not isinstance(self._error, InvalidApiKeyError):
            wait = _WAITS_S[min(self._step, len(_WAITS_S) - 1)]
            self._step += 1
        job = HassJob(self._on_time, f"{DOMAIN} waits to probe ElevenLabs", cancel_on_shutdown=True)
        self._timer = async_call_later(self._hass, wait, job)

    @callback
    def _on_time(self, _: datetime) -> None:
        self._timer = None
        self._entry.async_create_background_task(
            self._hass, self._async_probe(), f"{DOMAIN} probes ElevenLabs"
        )

    async def _async_probe(self) -> None:
        """Check with a free request whether ElevenLabs works again."""
        error = self._error
        is_back: bool | None = False
        try:
            is_back = await self._async_is_back(error)
        except InvalidApiKeyError as err:
            self._issues.report(err)
            self._open(err)
        except ElevenLabsError as err:
            _LOGGER.debug("ElevenLabs is not back: %s", err.cause)
        except Exception:
            _LOGGER.exception("The probe of ElevenLabs failed")
        if self._error is not error or self.state is not CircuitState.OPEN:
            return
        if is_back:
            self._close(failures=_LIMIT - 1)
        elif is_back is None:
            self.state = CircuitState.HALF_OPEN
        else:
            self._stay_open(error)

    async def _async_is_back(self, error: ElevenLabsError | None) -> bool | None:
        """Return whether it works again; None if only an utterance can show it."""
        try:
            if isinstance(error, QuotaExceededError):
                return (await self._client.subscription()).can_pay
            if isinstance(error, _SHOWN_BY_SPEECH):
                return None
            await self._client.models()
        except MissingPermissionError:
            return None if isinstance(error, QuotaExceededError) else True
        return True

    @staticmethod
    def _is_disproved(error: ElevenLabsError, subscription: Subscription | None) -> bool:
        """Return whether an answer to a free request shows that an error is over."""
        if isinstance(error, QuotaExceededError):
            return bool(subscription and subscription.can_pay)
        return not isinstance(error, _SHOWN_BY_SPEECH)

    def _stay_open(self, error: ElevenLabsError | None) -> None:
        is_lasting = self._hass.loop.time() - self._opened >= _LASTING_S
        if is_lasting and isinstance(error, PASSING_ERRORS):
            self._issues.unreachable(error)
        if self._timer is None:
            self._wait()

    @callback
    def _unload(self) -> None:
        self._is_unloaded = True
        self._stop()

    @callback
    def _stop(self) -> None:
        if self._timer:
            self._timer()
            self._timer = None


def _is_of_account(err: ElevenLabsError) -> bool:
    """Whether a failure concerns the next utterance too, whatever that is.

    The concurrency limit does not. A plan error concerns one voice or model, unless it has no
    code, since it then comes from something in between, such as a proxy.
    """
    if isinstance(err, ConcurrencyLimitError):
        return False
    if isinstance(err, PlanError) and not is_unexplained(err):
        return False
    return isinstance(err, (*_CERTAIN, *PASSING_ERRORS))
