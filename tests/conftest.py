"""Fixtures for every test: our component is the one Home Assistant finds, and a simulator."""

import pytest

import custom_components.elevenlabs_streaming  # noqa: F401  # before the plugin's own folder of that name


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Let every Home Assistant of a test load this repository's component."""
