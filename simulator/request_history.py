"""The requests that later requests can name as previous ones."""

from dataclasses import dataclass, field

_MAX_AGE = 7200.0


@dataclass(slots=True)
class RequestHistory:
    """The IDs of finished requests with their times."""

    times: dict[str, float] = field(default_factory=dict)

    def add_request(self, request_id: str, now: float) -> None:
        """Add a request whose body was read to the end."""
        self.times[request_id] = now

    def is_valid(self, request_id: str, now: float) -> bool:
        """Return whether a request is known and not too old."""
        at = self.times.get(request_id)
        return at is not None and now - at <= _MAX_AGE
