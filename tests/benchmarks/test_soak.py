"""The soak: texts that do not repeat, memory that is told apart, growth that is seen to end."""

import ctypes
from typing import Any

import pytest

from benchmarks.soak_looks import MEGABYTE, Look
from benchmarks.soak_probe.memory import memory, trim
from benchmarks.soak_report import _slopes
from benchmarks.soak_texts import text_of


def look(spoken: int, *, live: float, kept: float) -> Look:
    """Return a look at a process with so many megabytes of objects, and freed in glibc."""
    inside: dict[str, Any] = {
        "objects": 5,
        "types": {"dict": 5},
        "tasks": 1,
        "timers": 1,
        "memory": {
            "blocks": 5,
            "pymalloc": {"arenas": (live + 1) * MEGABYTE, "used": live * MEGABYTE},
            "glibc": {"used": 10 * MEGABYTE, "free": kept * MEGABYTE, "mapped": 0},
            "glibc_arenas": [],
        },
    }
    sizes = {"Rss": int((live + kept + 51) * 1024), "Pss": 1, "RssFile": 30 * 1024, "RssShmem": 0}
    return Look(spoken, spoken / 100, sizes, 20, 10, 5, (0, 0), inside)


def test_no_text_is_spoken_twice() -> None:
    texts = [text_of(number, 1) for number in range(10_000)]
    assert len(set(texts)) == len(texts)
    assert text_of(17, 1) == texts[17]
    assert max(map(len, texts)) > 300


def test_memory_is_told_apart() -> None:
    one = look(1000, live=100, kept=12)
    assert (one.python_used, one.python_free) == (100, 1)
    assert (one.glibc_used, one.glibc_free, one.mapped_files) == (10, 12, 30)
    assert one.rest == pytest.approx(10)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="glibc's own")
def test_what_lives_in_python_is_not_what_glibc_keeps() -> None:
    before = memory()
    objects = [str(number) * 3 for number in range(200_000)]
    with_objects = memory()
    assert with_objects["blocks"] - before["blocks"] >= len(objects)
    assert with_objects["pymalloc"]["used"] > before["pymalloc"]["used"] + 10 * MEGABYTE
    pieces = [bytes(50_000) for _ in range(1000)]
    large = memory()
    assert large["glibc"]["used"] > with_objects["glibc"]["used"] + 40 * MEGABYTE
    del pieces
    trim()
    assert memory()["glibc"]["used"] < with_objects["glibc"]["used"] + 5 * MEGABYTE
    sizes = sum(arena["size"] for arena in large["glibc_arenas"])
    assert sizes == pytest.approx(large["glibc"]["size"], rel=0.01)


def test_growth_that_ends_is_told_by_the_last_third() -> None:
    looks = [look(n * 100, live=100 + min(n, 30) / 10, kept=12) for n in range(90)]
    rows = {line[2:22].strip(): line[22:].split() for line in _slopes(looks)}
    assert [abs(float(one)) for one in rows["live in Python, MB"][:3]] == [1.0, 0.0, 0.0]
