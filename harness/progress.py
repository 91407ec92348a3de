"""Progress, told one line a step."""

import sys
import time
from typing import TextIO


class Progress:
    """Says what happens, one line a step, with the seconds since the start."""

    def __init__(self, out: TextIO | None = None) -> None:
        """Start counting now."""
        self._out = out or sys.stdout
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self._started

    def step(self, text: str) -> None:
        """Say one step with its moment."""
        self.say(f"[{self.seconds:5.1f} s] {text}")

    def say(self, text: str) -> None:
        """Say something that needs no moment."""
        self._out.write(f"{text}\n")
        self._out.flush()
