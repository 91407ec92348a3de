"""The requests for an announcement's audio."""

from collections.abc import Callable

from homeassistant.core import HomeAssistant, callback

from .part import Part


class AudioFetches:
    """Records the requests of all players of one announcement."""

    def __init__(self, hass: HomeAssistant, on_change: Callable[[], None]) -> None:
        """Call `on_change` when a player is given its first audio, and after each request."""
        self._loop = hass.loop
        self._on_change = on_change
        self.latest_at = hass.loop.time()
        """When the audio was last requested, or was about to be."""

    @callback
    def expect_request(self) -> None:
        """Record that the audio is about to be requested."""
        self.latest_at = self._loop.time()

    @callback
    def start_request(self, part: Part) -> None:
        """Record that a player requested the audio."""
        self.latest_at = self._loop.time()
        part.requests.open += 1

    @callback
    def serve(self, part: Part) -> None:
        """Record that a player is given audio."""
        if part.serve(self._loop.time()):
            self._on_change()

    @callback
    def end_request(self, part: Part, *, complete: bool, broken_off: bool) -> None:
        """Record the end of a request.

        `complete`: it went to the end of the audio. `broken_off`: the player or the audio ended it
        before all that was requested was sent.
        """
        now, requests = self._loop.time(), part.requests
        self.latest_at = now
        requests.open -= 1
        requests.complete = requests.complete or complete
        is_broken_off = broken_off and requests.served and not requests.complete
        requests.broken_off_at = now if is_broken_off else None
        self._on_change()
