"""The map from the README's promises to the tests that prove them is whole and true."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
import re

import pytest

from tests.architecture import REPOSITORY

README = REPOSITORY / "README.md"
MAP = REPOSITORY / "tests" / "README.md"
WITHOUT_PROMISES = {
    "For programs": "holds the two headings below it and nothing else",
}
"""Headings of the README that promise nothing, each with the reason."""

type Row = tuple[str, list[str]]


def headings(path: Path) -> list[str]:
    """Return the headings of a page in order; what looks like one in code is none."""
    text = re.sub(
        r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^#+ (.+)$", text, re.MULTILINE)


def promises(text: str) -> Mapping[str, list[Row]]:
    """Return the rows of each heading below `## Promises`: a promise and its tests."""
    _, _, listed = text.partition("\n## Promises\n")
    found: dict[str, list[Row]] = {}
    for part in re.split(r"^### ", listed, flags=re.MULTILINE)[1:]:
        heading, _, table = part.partition("\n")
        found[heading] = list(rows(table))
    return found


def rows(table: str) -> Iterator[Row]:
    """Yield the rows of a table, without its head."""
    for line in re.findall(r"^\|.*\|$", table, re.MULTILINE)[2:]:
        _, promise, tests, _ = line.split("|")
        yield promise.strip(), re.findall(r"`([^`]+)`", tests)


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file; none where there is no such file."""
    path = REPOSITORY / file
    if not path.is_file():
        return frozenset()
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".ts":
        return frozenset(re.findall(r'^\s*it\("([^"]+)"', source, re.MULTILINE))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = (node.name for node in ast.parse(source).body if isinstance(node, functions))
    return frozenset(name for name in names if name.startswith("test_"))


def is_there(test: str) -> bool:
    """Tell whether a test exists, without collecting it."""
    file, _, name = test.partition("::")
    return name in names_in(file)


@pytest.fixture(scope="module")
def listed() -> Mapping[str, list[Row]]:
    """Read the map."""
    return promises(MAP.read_text(encoding="utf-8"))


def test_every_heading_of_the_readme_has_its_promises(listed: Mapping[str, list[Row]]) -> None:
    expected = [one for one in headings(README) if one not in WITHOUT_PROMISES]
    assert list(listed) == expected
    assert [heading for heading, found in listed.items() if not found] == []


def test_headings_without_promises_are_in_the_readme() -> None:
    assert set(WITHOUT_PROMISES) <= set(headings(README))
    assert all(WITHOUT_PROMISES.values())


def test_every_promise_has_a_test(listed: Mapping[str, list[Row]]) -> None:
    found = [row for heading in listed.values() for row in heading]
    assert [promise for promise, tests in found if not promise or not tests] == []


def test_every_test_that_is_named_exists(listed: Mapping[str, list[Row]]) -> None:
    named = [test for heading in listed.values() for _, tests in heading for test in tests]
    assert [test for test in named if not is_there(test)] == []


def test_no_promise_is_made_twice_under_a_heading(listed: Mapping[str, list[Row]]) -> None:
    for heading, found in listed.items():
        made = [promise for promise, _ in found]
        assert len(set(made)) == len(made), heading


@pytest.mark.parametrize(
    "test",
    [
        "tests/test_promises.py::test_of_tomorrow",
        "tests/test_promises.py::promises",
        "tests/test_tomorrow.py::test_every_promise_has_a_test",
        "tests/test_promises.py",
        "card/test/speaker.test.ts::of tomorrow",
        "test_every_promise_has_a_test",
    ],
)
def test_what_is_no_test_is_noticed(test: str) -> None:
    assert not is_there(test)


def test_a_row_without_a_test_is_noticed() -> None:
    table = "\n## Promises\n\n### Use\n\n| promise | proved by |\n|---|---|\n| It speaks | |\n"
    assert promises(table) == {"Use": [("It speaks", [])]}
    both = "| It `speaks` | `a.py::test_b`<br>`c.ts::d e` |\n"
    found = promises(table.replace("| It speaks | |\n", both))
    assert found == {"Use": [("It `speaks`", ["a.py::test_b", "c.ts::d e"])]}
