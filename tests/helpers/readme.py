"""The README, and the examples in it."""

import re
from typing import Any

from homeassistant.util.yaml import parse_yaml

from tests.architecture import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def example(mark: str) -> Any:
    """Return the YAML example that holds a text."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    (found,) = [block for block in blocks if mark in block]
    return parse_yaml(found)
