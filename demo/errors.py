"""The one error of the demo: something a person can read and act on."""


class DemoError(Exception):
    """The demo cannot go on; the message says why in plain words."""
