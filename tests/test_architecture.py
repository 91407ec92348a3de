"""Where things are, who may import whom, and how large a part may become."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
import re
import subprocess
import sys

import pytest

from tests.architecture import (
    COMPONENT,
    REPOSITORY,
    ROOMS,
    circles,
    diagram,
    imports,
    modules,
    room_of,
    state_diagram,
)

PURE_ROOMS = ("api", "audio", "text", "alignment", "captions", "speech")
PURE_MODULES = (
    "announcements/playback_clock.py",
    "announcements/sound_position.py",
    "announcements/start_evidence.py",
    "announcements/offset_learner.py",
    "announcements/part_state.py",
)
TOP_LEVEL = {
    "__init__",
    "condition",
    "config_flow",
    "const",
    "coordinator",
    "data",
    "diagnostics",
    "entity",
    "event",
    "frontend",
    "llm",
    "media_player",
    "media_source",
    "notify",
    "number",
    "repairs",
    "sensor",
    "services",
    "switch",
    "system_health",
    "trigger",
    "tts",
    "views",
    "websocket_api",
}
MOST_LINES = 350
MOST_METHODS = 20
MOST_ATTRIBUTES = 14
MOST_LINES_OF_A_FUNCTION = 40

# Limits that would make the code worse, each with its reason.
EXCEPTIONS = {
    "SpeechRequest": "a field for each parameter of the API",
}

PACKAGES = [
    COMPONENT,
    *(REPOSITORY / name for name in ("simulator", "harness", "benchmarks", "demo")),
]


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    """Yield the classes of the component with their modules."""
    for name, path in modules(COMPONENT).items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                yield name, node


def methods(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the methods of a class."""
    return [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]


def attributes(node: ast.ClassDef) -> set[str]:
    """Return the attributes that a class declares or its methods set."""
    declared = {
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    return declared | {
        one.attr
        for method in methods(node)
        for one in ast.walk(method)
        if isinstance(one, ast.Attribute)
        and isinstance(one.ctx, ast.Store)
        and isinstance(one.value, ast.Name)
        and one.value.id == "self"
    }


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_circle_of_imports(package: Path) -> None:
    assert circles(imports(package)) == []


def test_the_top_level_holds_only_what_home_assistant_asks_for() -> None:
    there = {path.stem for path in COMPONENT.glob("*.py")}
    packages = {path.parent.name for path in COMPONENT.glob("*/__init__.py")}
    assert there | packages - set(ROOMS) == TOP_LEVEL


def test_imports_run_down_only() -> None:
    for name, targets in imports(COMPONENT).items():
        if (room := room_of(name)) == "":
            continue
        below = ROOMS[ROOMS.index(room) :]
        for target in targets:
            assert room_of(target) in below or target == "const", (name, target)


def test_a_room_is_used_through_its_face() -> None:
    for name, targets in imports(COMPONENT).items():
        for target in targets:
            room = room_of(target)
            if room in ("", room_of(name)) or target == "api.errors":
                continue
            assert target == room, (name, target)


def test_pure_rooms_import_nothing_of_home_assistant() -> None:
    files = [path for room in PURE_ROOMS for path in (COMPONENT / room).glob("*.py")]
    for path in (*files, *(COMPONENT / name for name in PURE_MODULES)):
        named = re.findall(r"^\s*(?:from|import) ([\w]+)", path.read_text(), re.MULTILINE)
        assert not {"homeassistant", "voluptuous"} & set(named), path


_IMPORT_ALONE = """
import importlib, pkgutil, sys, types

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("homeassistant", "voluptuous", "probatio"):
            raise ImportError(f"{name} is out of bounds")

sys.meta_path.insert(0, Blocked())
for name, path in (("custom_components", sys.argv[1]), (sys.argv[3], sys.argv[2])):
    module = types.ModuleType(name)
    module.__path__ = [path]
    sys.modules[name] = module
for room in sys.argv[4:]:
    package = importlib.import_module(f"{sys.argv[3]}.{room}")
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(found.name)
    print(room)
"""


def test_the_pure_rooms_work_without_home_assistant(tmp_path: Path) -> None:
    names = [str(COMPONENT.parent), str(COMPONENT), f"custom_components.{COMPONENT.name}"]
    done = subprocess.run(  # noqa: S603  # our own interpreter and script
        [sys.executable, "-I", "-c", _IMPORT_ALONE, *names, *PURE_ROOMS],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == list(PURE_ROOMS)


def test_the_simulator_and_the_component_do_not_know_each_other() -> None:
    for path in (REPOSITORY / "simulator").rglob("*.py"):
        assert not {"custom_components", "homeassistant"} & _imported_packages(path), path
    for path in modules(COMPONENT).values():
        assert not {"simulator", "demo", "tests", "benchmarks"} & _imported_packages(path), path


def _imported_packages(path: Path) -> set[str]:
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
    return found


def test_no_class_name_and_no_module_name_twice() -> None:
    names = Counter(node.name for _, node in classes())
    assert [name for name, count in names.items() if count > 1] == []
    stems = Counter(name.rpartition(".")[2] for name in modules(COMPONENT))
    assert [stem for stem, count in stems.items() if count > 1] == []


def test_no_public_name_is_defined_twice_in_a_room() -> None:
    """Otherwise the room's face would give one of them to the users of the other."""
    for room in ROOMS:
        names = Counter(
            name
            for path in (COMPONENT / room).glob("*.py")
            for name in _defined(path)
            if not name.startswith("_")
        )
        assert [name for name, count in names.items() if count > 1] == [], room


def _defined(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield node.name
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.TypeAlias(name=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (one.id for one in targets if isinstance(one, ast.Name))


def test_context_variables_are_in_one_file_only() -> None:
    users = {
        name
        for name, path in modules(COMPONENT).items()
        if re.search(r"\bContextVar\b", path.read_text())
    }
    assert users == {"generation.ha_internals"}


def test_parts_are_small() -> None:
    too_large = []
    for name, path in modules(COMPONENT).items():
        source = path.read_text()
        if (lines := len(source.splitlines())) > MOST_LINES:
            too_large.append(f"{name}: {lines} lines")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MOST_LINES_OF_A_FUNCTION:
                    too_large.append(f"{name}.{node.name}: {length} lines")
    for name, node in classes():
        if node.name in EXCEPTIONS:
            continue
        if len(methods(node)) > MOST_METHODS:
            too_large.append(f"{name}.{node.name}: {len(methods(node))} methods")
        if len(attributes(node)) > MOST_ATTRIBUTES:
            too_large.append(f"{name}.{node.name}: {len(attributes(node))} attributes")
    assert too_large == []


def test_every_room_has_a_folder_of_tests() -> None:
    for room in ROOMS:
        assert list((REPOSITORY / "tests" / room).glob("test_*.py")), room


def test_the_diagram_in_the_documentation_is_what_the_imports_say() -> None:
    assert diagram() in (REPOSITORY / "docs" / "architecture.md").read_text()


def test_the_states_in_the_documentation_are_those_of_the_table() -> None:
    assert (
        f"```mermaid\n{state_diagram()}\n```"
        in (REPOSITORY / "docs" / "architecture.md").read_text()
    )
