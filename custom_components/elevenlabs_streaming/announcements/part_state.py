"""The states of one player's part in an announcement, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
import logging
from typing import Final

_LOGGER = logging.getLogger(__name__)


class PartState(StrEnum):
    """What has become of an announcement at one player."""

    QUEUED = "queued"
    """It waits for its turn."""
    CALLED = "called"
    """The player was called, but was not given any audio yet."""
    SERVED = "served"
    """The player was given audio, but is not heard yet."""
    PLAYING = "playing"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    SILENCED = "silenced"
    """It is only shown, since nobody wants to be disturbed."""

    @property
    def public(self) -> str:
        """Return its name in responses, events, and messages."""
        return "waiting" if self in (PartState.CALLED, PartState.SERVED) else self.value

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be heard."""
        return self in (
            PartState.FINISHED,
            PartState.STOPPED,
            PartState.FAILED,
            PartState.SILENCED,
        )


TRANSITIONS: Final[Mapping[PartState, frozenset[PartState]]] = {
    PartState.QUEUED: frozenset({PartState.CALLED, PartState.FAILED, PartState.SILENCED}),
    PartState.CALLED: frozenset({PartState.SERVED, PartState.FAILED}),
    PartState.SERVED: frozenset(
        {PartState.PLAYING, PartState.PAUSED, PartState.FINISHED, PartState.FAILED}
    ),
    PartState.PLAYING: frozenset(
        {PartState.PAUSED, PartState.FINISHED, PartState.STOPPED, PartState.FAILED}
    ),
    # A player that was paused before its sound began is not heard at once when it resumes.
    PartState.PAUSED: frozenset(
        {
            PartState.SERVED,
            PartState.PLAYING,
            PartState.FINISHED,
            PartState.STOPPED,
            PartState.FAILED,
        }
    ),
    # The call of a player may still fail after its sound has ended.
    PartState.FINISHED: frozenset({PartState.FAILED}),
    PartState.STOPPED: frozenset({PartState.FAILED}),
    PartState.FAILED: frozenset(),
    PartState.SILENCED: frozenset(),
}
"""The states that may follow each state; every part begins as `queued`."""


class PartStateMachine:
    """The state of one part."""

    def __init__(self) -> None:
        """Start in the queue."""
        self._state = PartState.QUEUED

    @property
    def state(self) -> PartState:
        """Return the present state."""
        return self._state

    def change_to(self, new: PartState) -> None:
        """Change the state; ignore what the table does not allow, which is an error of ours."""
        if new is self._state:
            return
        if new not in TRANSITIONS[self._state]:
            _LOGGER.debug("A part that is %s cannot become %s", self._state, new)
            return
        self._state = new
