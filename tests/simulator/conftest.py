"""A simulator of its own for every test, without a Home Assistant around it."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import ClientSession
import pytest

from simulator import Simulator
from simulator.certificates import create_server_context, write_certificate


@pytest.fixture(autouse=True)
def _custom_integrations() -> None:
    """Replace the fixture that would start a Home Assistant."""


@pytest.fixture
async def sim(socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a simulator that is as fast as it can be."""
    async with Simulator() as running:
        yield running


@pytest.fixture
async def client(sim: Simulator) -> AsyncIterator[ClientSession]:
    """Speak to it with the demo key."""
    async with ClientSession(sim.url, headers={"xi-api-key": "sk_demo"}) as session:
        yield session


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a key and a certificate for this computer, in one file."""
    path = tmp_path_factory.mktemp("tls") / "simulator.pem"
    write_certificate(path)
    return path


@pytest.fixture
async def tls_sim(certificate: Path, socket_enabled: None) -> AsyncIterator[Simulator]:
    """Run a simulator behind TLS; the SDK's realtime part speaks nothing else."""
    async with Simulator(tls=create_server_context(certificate)) as running:
        yield running
