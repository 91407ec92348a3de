"""Why a chime cannot be played."""

from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN


class ChimeError(ServiceValidationError):
    """A chime cannot be played; translated."""

    def __init__(self, cause: str, chime: str) -> None:
        """`cause` is a key of the translated exceptions."""
        self.cause = cause
        super().__init__(
            translation_domain=DOMAIN,
            translation_key=cause,
            translation_placeholders={"chime": chime},
        )
