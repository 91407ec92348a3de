"""The error of the harness, with a message that a person can act on."""


class HarnessError(Exception):
    """The home cannot go on; the message says why in plain words."""
