"""Whom the demo speaks through: the simulator, or ElevenLabs where there is a key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import sys

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.elevenlabs_streaming.api import REGIONS
from harness import speech_service as services
from harness.integrations import DOMAIN, FLOWS, fill_in
from harness.processes import running
from harness.speech_service import SpeechService, speech_service

KEY = "sk_of_somebody"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Note where a simulator was started, without starting one."""
    started: list[Path] = []

    @asynccontextmanager
    async def simulator(directory: Path) -> AsyncIterator[str]:
        started.append(directory)
        yield "http://127.0.0.1:8123"

    monkeypatch.setattr(services, "simulator", simulator)
    monkeypatch.delenv("ELEVENLABS_API_KEY", raising=False)
    monkeypatch.delenv("ELEVENLABS_VOICE_ID", raising=False)
    return started


async def test_with_a_key_the_real_service_speaks(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    started: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    async with speech_service(tmp_path) as service:
        assert service == SpeechService("ElevenLabs", KEY)
    assert started == []
    # The address is what the form of the component proposes.
    for component in ("config", DOMAIN):
        assert await async_setup_component(hass, component, {})
    browser = await hass_client()
    form = await (await browser.post(FLOWS, json={"handler": DOMAIN})).json()
    filled = fill_in(form["data_schema"], {"api_key": service.api_key})
    assert filled == {"api_key": KEY, "endpoint": "global"}
    assert REGIONS["global"] == "https://api.elevenlabs.io"


async def test_the_voice_can_be_named(
    started: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setenv("ELEVENLABS_VOICE_ID", "v" * 20)
    async with speech_service(tmp_path) as service:
        assert service.voice == "v" * 20


@pytest.mark.parametrize("key", [None, ""])
async def test_without_a_key_the_simulator_speaks(
    started: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, key: str | None
) -> None:
    if key is not None:
        monkeypatch.setenv("ELEVENLABS_API_KEY", key)
    async with speech_service(tmp_path) as service:
        assert service == SpeechService("the simulator", "sk_demo", "http://127.0.0.1:8123")
    assert started == [tmp_path]


async def test_the_key_is_not_handed_to_the_programs_that_are_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ELEVENLABS_API_KEY", KEY)
    monkeypatch.setenv("KEPT", "as it was")
    command = [sys.executable, "-c", "import os; print(dict(os.environ))"]
    async with running("A program", command, log=tmp_path / "log", cwd=tmp_path) as program:
        await program.process.wait()
        said = program.said()
    assert "as it was" in said
    assert KEY not in said
