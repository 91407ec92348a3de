"""What proves to the service who asks."""

from dataclasses import dataclass, field

from .errors import InvalidApiKeyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An API key, or a bearer token."""

    api_key: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    in_message: bool = False
    """Send them in a socket's first message, as the older dialect does, not as headers."""

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers."""
        if self.bearer:
            return {"Authorization": f"Bearer {_printable(self.bearer)}"}
        return {"xi-api-key": _printable(self.api_key)}

    def message(self) -> dict[str, str]:
        """Return the fields of a socket's first message."""
        if self.bearer:
            return {"authorization": f"Bearer {_printable(self.bearer)}"}
        return {"xi_api_key": _printable(self.api_key)}


def _printable(secret: str) -> str:
    """Return the key; raise InvalidApiKeyError if no header can carry it."""
    if not secret.isprintable():
        raise InvalidApiKeyError("not an API key")
    return secret
