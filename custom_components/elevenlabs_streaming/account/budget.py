"""The credits that an account may spend, and has spent, per day and per month."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
import math
from typing import Any, Final, Self

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_change
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_DAILY_BUDGET, CONF_MODEL, CONF_MONTHLY_BUDGET, DOMAIN
from .catalogue import Catalogue, voice_subentries

_VERSION: Final = 1
_SAVE_DELAY_S: Final = 30.0
# Without a hardware clock, a computer starts some minutes in the past, maybe before midnight.
_CLOCK_MAY_LAG: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """The cost of one utterance."""

    credits: int
    characters: int
    estimated: bool
    """Whether the cost was estimated from the characters, since ElevenLabs did not report it."""
    voice: str | None = None
    """The voice's name."""
    route: str | None = None


class Ledger:
    """The credits an account has spent, kept over reloads and restarts."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Start at zero; nothing is read before `async_load`."""
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.budget.{entry_id}")
        self._day = dt_util.now().date()
        self._is_closed = False
        self._today = 0
        self._month = 0
        self.last: Expense | None = None

    async def async_load(self) -> None:
        """Load the stored figures; damaged ones count as zero."""
        stored = await self._store.async_load()
        stored = stored if isinstance(stored, dict) else {}
        self._day = _date(stored.get("day")) or self._day
        self._today, self._month = _credits(stored.get("today")), _credits(stored.get("month"))
        if isinstance(last := stored.get("last"), dict) and set(last) == _EXPENSE:
            self.last = Expense(**last)

    async def async_remove(self) -> None:
        """Delete the stored figures."""
        self._is_closed = True
        await self._store.async_remove()

    def spent(self) -> tuple[int, int]:
        """Return the credits spent today and this month, in the home's time zone."""
        self._turn_over(dt_util.now().date())
        return self._today, self._month

    @callback
    def add(self, expense: Expense) -> None:
        """Add an expense."""
        today, month = self.spent()
        self._today, self._month = today + expense.credits, month + expense.credits
        self.last = expense
        if not self._is_closed:
            self._store.async_delay_save(self._as_dict, _SAVE_DELAY_S)

    def _turn_over(self, today: date) -> None:
        """Start a new day or month, unless the clock is a little behind."""
        if today > self._day:
            self._today = 0
            if (today.year, today.month) != (self._day.year, self._day.month):
                self._month = 0
        if today > self._day or self._day - today > _CLOCK_MAY_LAG:
            self._day = today

    def _as_dict(self) -> dict[str, Any]:
        return {
            "day": self._day.isoformat(),
            "today": self._today,
            "month": self._month,
            "last": asdict(self.last) if self.last else None,
        }


_EXPENSE: Final = set(Expense.__slots__)
_LEDGERS: HassKey[dict[str, Ledger]] = HassKey(f"{DOMAIN}_ledgers")


async def async_ledger(hass: HomeAssistant, entry_id: str) -> Ledger:
    """Return the ledger of an entry, which stays the same over reloads."""
    ledgers = hass.data.setdefault(_LEDGERS, {})
    if entry_id not in ledgers:
        ledger = Ledger(hass, entry_id)
        await ledger.async_load()
        ledgers[entry_id] = ledger
    return ledgers[entry_id]


async def async_delete_ledger(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the ledger of a removed entry."""
    ledger = hass.data.get(_LEDGERS, {}).pop(entry_id, None) or Ledger(hass, entry_id)
    await ledger.async_remove()


class Budget:
    """The budget of one account and what was spent of it."""

    def __init__(
        self,
        entry: ConfigEntry,
        ledger: Ledger,
        catalogue: Callable[[], Catalogue],
        on_spent: CALLBACK_TYPE,
    ) -> None:
        """Use the ledger of the entry; `on_spent` is called after each expense."""
        self._entry = entry
        self._ledger = ledger
        self._catalogue = catalogue
        self._on_spent = on_spent
        self._listeners: list[CALLBACK_TYPE] = []

    @classmethod
    async def async_open(
        cls,
        hass: HomeAssistant,
        entry: ConfigEntry,
        catalogue: Callable[[], Catalogue],
        on_spent: CALLBACK_TYPE,
    ) -> Self:
        """Return the budget of an entry, which updates its listeners at midnight."""
        ledger = await async_ledger(hass, entry.entry_id)
        budget = cls(entry, ledger, catalogue, on_spent)
        # Every hour, since some time zones skip midnight when daylight saving time starts.
        entry.async_on_unload(async_track_time_change(hass, budget.on_hour, minute=0, second=0))
        return budget

    @property
    def today(self) -> int:
        """Return the credits spent since midnight."""
        return self._ledger.spent()[0]

    @property
    def month(self) -> int:
        """Return the credits spent since the first of the month."""
        return self._ledger.spent()[1]

    @property
    def last(self) -> Expense | None:
        """Return the cost of the last utterance."""
        return self._ledger.last

    @property
    def refusal(self) -> str | None:
        """Return which budget is used up, as a key of the translated exceptions."""
        spent = {CONF_DAILY_BUDGET: self.today, CONF_MONTHLY_BUDGET: self.month}
        limits = {name: self._entry.options.get(name) for name in spent}
        used_up = (name for name, limit in limits.items() if limit and spent[name] >= limit)
        return next(used_up, None)

    @callback
    def spend(
        self,
        cost: int | None,
        characters: int,
        *,
        voice: str | None = None,
        route: str | None = None,
        model: str | None = None,
    ) -> None:
        """Add what an utterance of a voice (its subentry's ID) cost.

        A cost that ElevenLabs did not report is estimated from the characters.
        """
        credits_ = math.ceil(characters * self._factor(model)) if cost is None else cost
        self._ledger.add(
            Expense(
                credits=credits_,
                characters=characters,
                estimated=cost is None,
                voice=self._title(voice),
                route=route,
            )
        )
        self._update_listeners()
        if credits_:
            self._on_spent()

    @callback
    def listen(self, listener: CALLBACK_TYPE) -> Callable[[], None]:
        """Call a listener when figures change; return how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def on_hour(self, _: datetime) -> None:
        """Update the listeners, since a new day may have begun."""
        self._update_listeners()

    def _update_listeners(self) -> None:
        for listener in list(self._listeners):
            listener()

    def _title(self, voice: str | None) -> str | None:
        subentry = self._entry.subentries.get(voice) if voice else None
        return subentry.title if subentry else None

    def _factor(self, model: str | None) -> float:
        """Return the credits per character; 1 if the voices' models differ."""
        catalogue = self._catalogue()
        voices = voice_subentries(self._entry)
        models = [model] if model else [subentry.data[CONF_MODEL] for subentry in voices]
        factors = {catalogue.model(model_id).cost_factor for model_id in models}
        return factors.pop() if len(factors) == 1 else 1.0


def _date(stored: Any) -> date | None:
    try:
        return date.fromisoformat(stored)
    except TypeError, ValueError:
        return None


def _credits(stored: Any) -> int:
    is_number = isinstance(stored, int) and not isinstance(stored, bool)
    return stored if is_number and stored > 0 else 0
