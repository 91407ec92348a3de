"""Finding out whether a text is whole, and reading it without losing a word."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from custom_components.elevenlabs_streaming.speech import TextSource


async def whole(text: str) -> AsyncGenerator[str]:
    """Yield what Home Assistant hands over for a finished text."""
    yield text


async def queued(queue: asyncio.Queue[str | None]) -> AsyncGenerator[str]:
    """Yield what Home Assistant hands over for a text that grows."""
    while (piece := await queue.get()) is not None:
        yield piece


async def failing() -> AsyncGenerator[str]:
    """Yield a beginning, then break."""
    yield "So far "
    raise RuntimeError("the agent died")


async def test_one_piece_and_its_end_are_a_whole_text() -> None:
    source = TextSource(whole("Dinner is ready."), limit=100)
    assert await source.take_ready(1)
    assert await source.next() == "Dinner is ready."
    assert await source.next() is None


async def test_a_text_that_pauses_is_growing() -> None:
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    source = TextSource(queued(queue), limit=100)
    queue.put_nowait("Dinner ")
    assert not await source.take_ready(1)
    assert await source.next() == "Dinner "
    queue.put_nowait("is ready.")
    queue.put_nowait(None)
    assert await source.next() == "is ready."
    assert await source.next() is None
    await source.close()


async def test_a_pause_loses_nothing() -> None:
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    source = TextSource(queued(queue), limit=100)
    with pytest.raises(TimeoutError):
        await source.next(0.001)
    queue.put_nowait("late")
    assert await source.next(1) == "late"
    await source.close()


async def test_reading_again_from_the_start() -> None:
    source = TextSource(whole("again"), limit=100)
    assert await source.next() == "again"
    source.rewind()
    assert await source.next() == "again"


async def test_a_writer_that_dies_ends_its_text(caplog: pytest.LogCaptureFixture) -> None:
    source = TextSource(failing(), limit=100)
    assert await source.next() == "So far "
    assert await source.next() is None
    assert source.cut
    assert "RuntimeError" in caplog.text
    assert "the agent died" not in caplog.text


async def test_a_text_beyond_the_limit_is_known() -> None:
    source = TextSource(whole("x" * 11), limit=10)
    await source.take_ready(1)
    assert source.too_long


async def test_closing_ends_a_text_that_never_would() -> None:
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    source = TextSource(queued(queue), limit=100)
    with pytest.raises(TimeoutError):
        await source.take_ready(0.001)
    await source.close()


async def pieces(*parts: str) -> AsyncGenerator[str]:
    """Yield a text in pieces."""
    for part in parts:
        yield part


@pytest.mark.parametrize("length", range(17))
async def test_what_was_read_since_a_character_is_told(length: int) -> None:
    text = "Dinner is ready."
    source = TextSource(pieces("Din", "ner", " ", "is ready", "."), limit=100)
    assert await source.take_ready(1)
    assert source.since(length) == text[length:]


async def test_an_empty_piece_is_not_the_end() -> None:
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    source = TextSource(queued(queue), limit=100)
    for piece in ("Dinner ", "", "is ready.", None):
        queue.put_nowait(piece)
    assert await source.next() == "Dinner "
    assert await source.next() == "is ready."
    assert await source.next() is None


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (["Party \ud83d", "\ude80 now"], "Party 🚀 now"),
        (["\ud83d", "\ude80"], "🚀"),
        (["\ud83d", "", "\ude80!"], "🚀!"),
        (["It \ud83d is", " done"], "It  is done"),
        (["It \ude80 is \ud83d", " done"], "It  is  done"),
        (["It is done \ud83d"], "It is done "),
    ],
)
async def test_halves_of_a_character_are_joined_and_lone_ones_dropped(
    parts: list[str], text: str
) -> None:
    source = TextSource(pieces(*parts), limit=100)
    assert await source.take_ready(1)
    assert source.so_far() == text
    assert source.length == len(text)
