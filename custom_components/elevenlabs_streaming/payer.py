"""The account that a voice's utterance is spoken with, as the utterance sees it."""

from typing import Final, override

from homeassistant.core import callback

from .api import ElevenLabsError
from .coordinator import ElevenLabsData
from .playback import BudgetError, DailyBudgetError, MonthlyBudgetError, Payer
from .speech import Utterance

_BUDGETS: Final[dict[str, type[BudgetError]]] = {
    kind.cause: kind for kind in (DailyBudgetError, MonthlyBudgetError)
}


class VoicePayer(Payer):
    """Asks budget and breaker, and tells them and the problems what came of it."""

    def __init__(self, data: ElevenLabsData, voice: str, *, usual: bool) -> None:
        """`voice`: its subentry's id; `usual`: with the voice and model it is set to."""
        self._breaker = data.breaker
        self._budget = data.budget
        self._problems = data.problems
        self._voice = voice
        self._usual = usual

    @callback
    @override
    def refusal(self, *, replaceable: bool) -> ElevenLabsError | None:
        """Return why ElevenLabs is not to be asked."""
        if key := self._budget.refusal:
            return _BUDGETS[key]()
        return self._breaker.ask() if replaceable else None

    @callback
    @override
    def heard(self) -> None:
        """Note the first audio, which disproves much."""
        self._breaker.worked()
        self._problems.works(self._voice, usual=self._usual)

    @callback
    @override
    def failed(self, err: ElevenLabsError, *, heard: bool) -> None:
        """Show what is wrong."""
        if not heard:
            self._breaker.failed(err)
        self._problems.report(err, self._voice, usual=self._usual)

    @callback
    @override
    def replaced(self, engine: str | None, err: ElevenLabsError) -> None:
        """Show that another engine speaks, or that there is no such engine."""
        self._problems.replaced(self._voice, engine, err)

    @callback
    @override
    def ended(self, utterance: Utterance) -> None:
        """Count what was spent, once anything was generated."""
        self._breaker.left()
        cost = utterance.receipt.credits
        if cost is not None or utterance.bytes_spoken:
            self._budget.spend(
                cost,
                utterance.characters,
                voice=self._voice,
                route=str(utterance.route),
                model=utterance.request.model_id,
            )
