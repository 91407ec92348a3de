"""What the account offers and has left, read quietly in the background."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
import logging
import random
from time import monotonic
from typing import override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .account import AccountAnswers, Catalogue, remaining_credits
from .api import ElevenLabsClient, ElevenLabsError, Subscription
from .api.errors import InvalidApiKeyError, MissingPermissionError
from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)
_CATALOGUE_INTERVAL = timedelta(hours=6)
_SUBSCRIPTION_INTERVAL = timedelta(minutes=30)
# After a failure, such as a start without internet, hours would be too long.
_RETRY_INTERVAL = timedelta(minutes=5)
# An invalid key usually stays invalid; only its owner can enable it again.
_KEY_INTERVAL = timedelta(minutes=30)
# The service counts an utterance a moment after it was spoken; several are asked about at once.
_AFTER_UTTERANCE_S = 15.0


class AccountReader[T](DataUpdateCoordinator[T]):
    """Reads a part of the account from time to time; speech never waits for it."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: ElevenLabsClient,
        *,
        answers: AccountAnswers,
        part: str,
        interval: timedelta,
    ) -> None:
        """`part` names what is read, in the log; `answers` records errors."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"ElevenLabs {part}")
        self._client = client
        self._answers = answers
        self._interval = interval
        self.update_interval = _spread(interval)
        self.hidden: set[str] = set()
        """What the key may not read."""

    async def _ask[A](self, what: str, question: Awaitable[A]) -> A | None:
        """Return the answer, or None where the key may not ask; else raises as coordinators do."""
        self.update_interval = _RETRY_INTERVAL
        try:
            answer = await question
        except MissingPermissionError:
            self._hide(what)
            self._answers.accepted()
            answer = None
        except ElevenLabsError as err:
            if isinstance(err, InvalidApiKeyError):
                self.update_interval = _spread(_KEY_INTERVAL)
            self._answers.failed(err)
            # Not `ConfigEntryAuthFailed`, which would end the reading for good.
            raise UpdateFailed(translation_domain=DOMAIN, translation_key=err.cause) from err
        else:
            self.hidden.discard(what)
            self._answers.succeeded()
        self.update_interval = _spread(self._interval)
        return answer

    def _hide(self, what: str) -> None:
        """Log once that something cannot be read; speech does not need it."""
        if what not in self.hidden:
            self.hidden.add(what)
            _LOGGER.info("The API key of %s may not read its %s", self.config_entry.title, what)


class CatalogueCoordinator(AccountReader[Catalogue]):
    """Keeps the models and voices."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: ElevenLabsClient,
        answers: AccountAnswers,
    ) -> None:
        """Start with an empty catalogue."""
        super().__init__(
            hass, entry, client, answers=answers, part="catalogue", interval=_CATALOGUE_INTERVAL
        )
        self.data = Catalogue()

    @override
    async def _async_update_data(self) -> Catalogue:
        """Read what the key may read; what it may not stays as it was."""
        models = await self._ask("models", self._client.models())
        voices = await self._ask("voices", self._client.voices())
        return Catalogue(
            self.data.models if models is None else {model.model_id: model for model in models},
            self.data.voices if voices is None else {voice.voice_id: voice for voice in voices},
        )


class AccountCoordinator(AccountReader[Subscription | None]):
    """Keeps the credits; None while they are not known."""

    latency: float | None = None
    """Seconds that the last answer took."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: ElevenLabsClient,
        answers: AccountAnswers,
    ) -> None:
        """Start with nothing known."""
        super().__init__(
            hass,
            entry,
            client,
            answers=answers,
            part="subscription",
            interval=_SUBSCRIPTION_INTERVAL,
        )
        self._soon: CALLBACK_TYPE | None = None
        entry.async_on_unload(self._cancel_soon)

    @property
    def remaining(self) -> int | None:
        """Credits that are left."""
        return remaining_credits(self.data)

    @callback
    def refresh_soon(self) -> None:
        """Read the credits again once the service has counted what was spoken."""
        if self._soon is None and self.config_entry.state is ConfigEntryState.LOADED:
            job = HassJob(self._refresh_now, cancel_on_shutdown=True)
            self._soon = async_call_later(self.hass, _AFTER_UTTERANCE_S, job)

    @override
    async def _async_update_data(self) -> Subscription | None:
        """Read the credits, if the key may."""
        asked = monotonic()
        subscription = await self._ask("subscription", self._client.subscription())
        self.latency = monotonic() - asked
        if subscription:
            self._answers.credits_read(subscription)
        if _has_more(self.data, subscription):
            self._answers.credits_added()
        return subscription

    @callback
    def _refresh_now(self, _: datetime) -> None:
        self._soon = None
        self.config_entry.async_create_background_task(
            self.hass, self.async_refresh(), f"{DOMAIN} reads the credits"
        )

    @callback
    def _cancel_soon(self) -> None:
        if self._soon:
            self._soon()
            self._soon = None


def _has_more(before: Subscription | None, now: Subscription | None) -> bool:
    """Whether credits came in: the month began anew, or some were bought."""
    had, has = remaining_credits(before), remaining_credits(now)
    return had is not None and has is not None and has > had


def _spread(interval: timedelta) -> timedelta:
    """Return about the interval, so that homes which lost power together do not ask together."""
    return interval * random.uniform(0.9, 1.1)  # noqa: S311  # nothing secret
