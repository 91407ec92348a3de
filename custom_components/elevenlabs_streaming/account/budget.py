"""What may be spent in a day and in a month."""

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
# A computer without a clock of its own starts some minutes in the past, at most a day's end ago.
_CLOCK_MAY_LAG: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """What one utterance cost."""

    credits: int
    characters: int
    estimated: bool
    """Whether the service did not say, so that the characters had to tell."""
    voice: str | None = None
    """The voice's name."""
    route: str | None = None


class Ledger:
    """What an account has spent; it outlives reloads of the entry and restarts."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Nothing is read before `async_load`."""
        self._store: Store[dict[str, Any]] = Store(hass, _VERSION, f"{DOMAIN}.budget.{entry_id}")
        self._day = dt_util.now().date()
        self._is_closed = False
        self._today = 0
        self._month = 0
        self.last: Expense | None = None

    async def async_load(self) -> None:
        """Read what was kept; what cannot be read counts as nothing."""
        kept = await self._store.async_load()
        kept = kept if isinstance(kept, dict) else {}
        self._day = _date(kept.get("day")) or self._day
        self._today, self._month = _credits(kept.get("today")), _credits(kept.get("month"))
        if isinstance(last := kept.get("last"), dict) and set(last) == _EXPENSE:
            self.last = Expense(**last)

    async def async_remove(self) -> None:
        """Forget it for good."""
        self._is_closed = True
        await self._store.async_remove()

    def spent(self) -> tuple[int, int]:
        """Return the credits spent today and this month, in the home's time zone."""
        self._turn_over(dt_util.now().date())
        return self._today, self._month

    @callback
    def add(self, expense: Expense) -> None:
        """Write down an expense."""
        today, month = self.spent()
        self._today, self._month = today + expense.credits, month + expense.credits
        self.last = expense
        if not self._is_closed:
            self._store.async_delay_save(self._as_dict, _SAVE_DELAY_S)

    def _turn_over(self, today: date) -> None:
        """Begin a new day or month; a clock that is a little behind begins none."""
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
    """Return the ledger of an entry, the same one after a reload."""
    ledgers = hass.data.setdefault(_LEDGERS, {})
    if entry_id not in ledgers:
        ledger = Ledger(hass, entry_id)
        await ledger.async_load()
        ledgers[entry_id] = ledger
    return ledgers[entry_id]


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Forget what an entry that is removed has spent."""
    ledger = hass.data.get(_LEDGERS, {}).pop(entry_id, None) or Ledger(hass, entry_id)
    await ledger.async_remove()


class Budget:
    """The credits that one account may spend, and has spent."""

    def __init__(
        self,
        entry: ConfigEntry,
        ledger: Ledger,
        catalogue: Callable[[], Catalogue],
        on_spent: CALLBACK_TYPE,
    ) -> None:
        """`ledger` knows what was spent before."""
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
        """Return the budget of an entry; the turn of the day is noticed while it is loaded."""
        ledger = await async_ledger(hass, entry.entry_id)
        budget = cls(entry, ledger, catalogue, on_spent)
        # Each hour: there are places where midnight is left out when summer time begins.
        entry.async_on_unload(async_track_time_change(hass, budget.on_hour, minute=0, second=0))
        return budget

    @property
    def today(self) -> int:
        """Credits spent since midnight."""
        return self._ledger.spent()[0]

    @property
    def month(self) -> int:
        """Credits spent since the first of the month."""
        return self._ledger.spent()[1]

    @property
    def last(self) -> Expense | None:
        """What the last utterance cost."""
        return self._ledger.last

    @property
    def refusal(self) -> str | None:
        """Which budget is used up, as a key of the translated exceptions."""
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
        """Note what an utterance of a voice (its subentry's id) cost.

        Where the service did not say, its characters tell.
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
        self._tell()
        if credits_:
            self._on_spent()

    @callback
    def listen(self, listener: CALLBACK_TYPE) -> Callable[[], None]:
        """Call `listener` when figures have changed; returns how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def on_hour(self, _: datetime) -> None:
        """Show the new day's figures."""
        self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    def _title(self, voice: str | None) -> str | None:
        subentry = self._entry.subentries.get(voice) if voice else None
        return subentry.title if subentry else None

    def _factor(self, model: str | None) -> float:
        """Return the credits of a character; 1 where the voices' models differ in it."""
        catalogue = self._catalogue()
        voices = voice_subentries(self._entry)
        models = [model] if model else [subentry.data[CONF_MODEL] for subentry in voices]
        factors = {catalogue.model(model_id).cost_factor for model_id in models}
        return factors.pop() if len(factors) == 1 else 1.0


def _date(kept: Any) -> date | None:
    try:
        return date.fromisoformat(kept)
    except TypeError, ValueError:
        return None


def _credits(kept: Any) -> int:
    return kept if isinstance(kept, int) and not isinstance(kept, bool) and kept > 0 else 0
