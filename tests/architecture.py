"""Read the imports of the repository's packages, find circles, and draw what the docs show."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from custom_components.elevenlabs_streaming.announcements.part_state import (
    TRANSITIONS,
    PartState,
)

type Imports = Mapping[str, frozenset[str]]

REPOSITORY = Path(__file__).parents[1]
COMPONENT = REPOSITORY / "custom_components" / "elevenlabs_streaming"


def modules(package: Path) -> dict[str, Path]:
    """Return the modules of a package by their dotted names below it; "" is the package."""
    return {_name(path.relative_to(package)): path for path in sorted(package.rglob("*.py"))}


def imports(package: Path) -> Imports:
    """Return which modules of a package each of its modules imports, TYPE_CHECKING included."""
    known = modules(package)
    return {
        name: frozenset(_imported(name, path, package.name, known)) - {name}
        for name, path in known.items()
    }


def circles(graph: Imports) -> list[list[str]]:
    """Return the groups of modules that import each other (strongly connected components)."""
    reach = {name: _reachable(name, graph) for name in graph}
    groups = {frozenset(other for other in reach[name] if name in reach[other]) for name in graph}
    return sorted(sorted(group) for group in groups if group)


def _reachable(start: str, graph: Imports) -> set[str]:
    found, left = set[str](), list(graph[start])
    while left:
        if (name := left.pop()) not in found:
            found.add(name)
            left += graph[name]
    return found


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(name: str, path: Path, package: str, known: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            if (base := _base(name, path, node, package)) is not None:
                for alias in node.names:
                    inner = f"{base}.{alias.name}" if base else alias.name
                    is_module = inner in known and alias.name not in _bound(known[base])
                    yield inner if is_module else base
        elif isinstance(node, ast.Import):
            for alias in node.names:
                head, _, rest = alias.name.partition(".")
                if head == package and rest in known:
                    yield rest


@cache
def _bound(path: Path) -> frozenset[str]:
    """Return the names that a package's `__init__` imports, which hide modules of that name."""
    return frozenset(
        alias.asname or alias.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    )


def _base(name: str, path: Path, node: ast.ImportFrom, package: str) -> str | None:
    """Return the module that a statement imports from, or None for one of another package."""
    if not node.level:
        head, _, rest = (node.module or "").partition(".")
        return rest if head == package else None
    parts = name.split(".") if name else []
    up = node.level - (path.name == "__init__.py")
    parts = parts[: len(parts) - up] if up else parts
    return ".".join([*parts, *(node.module or "").split(".")]).strip(".")


ROOMS = (
    "account",
    "dashboard",
    "announcements",
    "media_players",
    "chimes",
    "generation",
    "speech",
    "captions",
    "alignment",
    "text",
    "audio",
    "api",
)
"""The rooms of the component; each imports only those that follow it."""


def room_of(module: str) -> str:
    """Return the room of a module; "" for the modules that Home Assistant asks for by name."""
    room = module.partition(".")[0]
    return room if room in ROOMS else ""


def diagram() -> str:
    """Return the imports between rooms as a Mermaid flowchart, without those that follow."""
    edges: dict[str, set[str]] = {room: set() for room in ("", *ROOMS)}
    for name, targets in imports(COMPONENT).items():
        edges[room_of(name)] |= {room_of(target) for target in targets} - {room_of(name), ""}
    lines = ["flowchart TD"]
    for room, below in edges.items():
        indirect = set().union(*(_reachable(one, _frozen(edges)) for one in below))
        direct = [one for one in ROOMS if one in below - indirect]
        lines += [f"    {room or 'top_level'} --> {one}" for one in direct]
    return "\n".join(lines)


def state_diagram() -> str:
    """Return the states of a player's part in an announcement as a Mermaid diagram."""
    lines = ["stateDiagram-v2", f"    [*] --> {PartState.QUEUED}"]
    for state in PartState:
        lines += [f"    {state} --> {then}" for then in PartState if then in TRANSITIONS[state]]
    lines += [f"    {state} --> [*]" for state in PartState if state.is_over]
    return "\n".join(lines)


def _frozen(edges: Mapping[str, set[str]]) -> Imports:
    return {room: frozenset(below) for room, below in edges.items()}


if __name__ == "__main__":
    print(diagram(), state_diagram(), sep="\n\n")  # noqa: T201  # for docs/architecture.md
