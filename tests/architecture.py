"""Read the imports of the repository's packages, and find circles and forbidden ones."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

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
                    yield inner if inner in known else base
        elif isinstance(node, ast.Import):
            for alias in node.names:
                head, _, rest = alias.name.partition(".")
                if head == package and rest in known:
                    yield rest


def _base(name: str, path: Path, node: ast.ImportFrom, package: str) -> str | None:
    """Return the module that a statement imports from, or None for one of another package."""
    if not node.level:
        head, _, rest = (node.module or "").partition(".")
        return rest if head == package else None
    parts = name.split(".") if name else []
    up = node.level - (path.name == "__init__.py")
    parts = parts[: len(parts) - up] if up else parts
    return ".".join([*parts, *(node.module or "").split(".")]).strip(".")
