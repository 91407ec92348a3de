"""When audio and captions are passed on: at once while somebody may wait for them."""

import pytest

from custom_components.elevenlabs_streaming.generation.batcher import Batcher
from tests.helpers.speaking import Time


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Let a test pass the time, which stands still else."""
    clock = Time(monkeypatch)
    monkeypatch.setattr(clock, "_real", lambda: 0.0)
    return clock


class Chunks:
    """Chunks of audio, and how many of them each delivery brought."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.batcher = Batcher(self._deliver)
        self.deliveries: list[int] = []
        self._seconds = 0.0
        self._waiting = 0

    def add(self, seconds: float) -> None:
        """Add a chunk of some length."""
        self._seconds += seconds
        self._waiting += 1
        self.batcher.add(self._seconds)

    def _deliver(self) -> None:
        self.deliveries.append(self._waiting)
        self._waiting = 0


async def test_a_listener_who_is_close_behind_gets_each_chunk_at_once(time: Time) -> None:
    chunks = Chunks()
    for _ in range(20):
        chunks.add(0.25)
        await time.pass_(0.25)
    assert chunks.deliveries == [1] * 20


async def test_a_listener_who_is_far_behind_gets_chunks_together(time: Time) -> None:
    chunks = Chunks()
    for _ in range(40):
        chunks.add(0.5)
        await time.pass_(0.02)
    await time.pass_(1)
    assert sum(chunks.deliveries) == 40
    assert chunks.deliveries[:5] == [1] * 5
    assert all(count > 5 for count in chunks.deliveries[5:-1])
    assert len(chunks.deliveries) < 15


async def test_as_many_as_take_a_while_are_not_gathered(time: Time) -> None:
    chunks = Chunks()
    for _ in range(100):
        chunks.add(5)
    await time.pass_(1)
    assert sum(chunks.deliveries) == 100
    assert max(chunks.deliveries) <= 16


async def test_the_first_chunk_waits_for_nothing(time: Time) -> None:
    chunks = Chunks()
    chunks.add(30)
    assert chunks.deliveries == [1]


async def test_the_end_brings_what_waits(time: Time) -> None:
    chunks = Chunks()
    for _ in range(3):
        chunks.add(5)
    assert chunks.deliveries == [1]
    chunks.batcher.close()
    assert chunks.deliveries == [1, 2]
    chunks.batcher.close()
    await time.pass_(1)
    assert chunks.deliveries == [1, 2]
