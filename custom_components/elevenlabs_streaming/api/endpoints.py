"""Where the API is: ElevenLabs' regions, or any other address that speaks the same."""

from yarl import URL

REGIONS = {
    "global": "https://api.elevenlabs.io",
    "us": "https://api.us.elevenlabs.io",
    "eu": "https://api.eu.residency.elevenlabs.io",
    "in": "https://api.in.residency.elevenlabs.io",
    "sg": "https://api.sg.residency.elevenlabs.io",
}
DEFAULT_REGION = "global"
_SOCKET_SCHEME = {"http": "ws", "https": "wss"}


def endpoint_url(endpoint: str) -> URL:
    """Return the base URL of a region's name or of an address; ValueError if it is neither."""
    url = URL(REGIONS.get(endpoint, endpoint.strip()))
    if url.scheme not in _SOCKET_SCHEME or not url.host:
        raise ValueError("an endpoint is the name of a region or an http(s) address")
    if url.query or url.fragment or url.user:
        raise ValueError("an endpoint has no query, fragment or user")
    return url.with_path(url.path.rstrip("/"))


def is_residency(endpoint: str) -> bool:
    """Whether keys of this endpoint are valid nowhere else."""
    return ".residency." in REGIONS.get(endpoint, endpoint)


def socket_url(url: URL) -> URL:
    """Return the same address for a WebSocket."""
    return url.with_scheme(_SOCKET_SCHEME[url.scheme])
