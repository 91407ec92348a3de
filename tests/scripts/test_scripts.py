"""The commands of the repository, with stand-ins for the programs that they call."""

import importlib.util
from pathlib import Path
import random
import re
import shutil
import sys

import pytest

from benchmarks.__main__ import _parser
from tests.architecture import REPOSITORY
from tests.helpers.workshop import BASE, Workshop, real_python

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
VENV = f".venvs/{BASE}"
UV = f"""
last=${{@: -1}}
case "$1 $2" in
    "venv --quiet") {real_python("$last/bin/python")} ;;
    "python find") [ -n "${{MANAGED:-}}" ] && [ -e "$MANAGED" ] && echo "$MANAGED" || exit 1 ;;
    "python install") [ -n "${{MANAGED:-}}" ] || exit 1; {real_python("$MANAGED")} ;;
    "tool run") echo /patchelf ;;
    "pip install")
        for part; do [ "${{before:-}}" = --target ] && folder=$part; before=$part; done
        folder=$folder/homeassistant
        mkdir -p "$folder/components/mpd"
        echo "aiohttp==1.0" >"$folder/package_constraints.txt"
        echo '{{"requirements": ["python-mpd2==9.9"]}}' >"$folder/components/mpd/manifest.json" ;;
    "pip compile")
        for part; do [ "${{before:-}}" = --output-file ] && output=$part; before=$part; done
        [ -n "${{output:-}}" ] && cat "$last" >"$output" ||
            echo pytest-homeassistant-custom-component==0.13.300 ;;
esac
"""


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """Have all that a machine needs."""
    shop = Workshop.build(tmp_path)
    shop.add("uv", UV)
    shop.add("npm", f'mkdir -p "{shop.root}/card/node_modules"')
    for name in ("c++", "mpd", "chromium"):
        shop.add(name)
    return shop


# scripts/setup


def test_what_is_missing_is_set_up_once(shop: Workshop) -> None:
    pins = shop.root / "requirements" / f"ha-{BASE}.txt"
    code, said = shop.run("setup", PYTHON=sys.executable)
    assert (code, f"installing Home Assistant {BASE}" in said) == (0, True)
    sync = f"uv pip sync --quiet --python {VENV}/bin/python requirements/ha-{BASE}.txt"
    assert shop.called() == [
        f"uv venv --quiet --clear --python {sys.executable} {VENV}",
        sync,
        "npm --prefix card ci --loglevel=error",
    ]
    assert (shop.root / VENV / "bin" / "ffmpeg").is_file()
    assert shop.run("setup", PYTHON=sys.executable) == (0, "")
    assert shop.called() == []
    pins.write_text(f"{pins.read_text()}one-more==1.0\n")
    assert shop.run("setup", PYTHON=sys.executable)[0] == 0
    assert shop.called() == [sync]


def test_programs_are_installed_where_they_are_missing(shop: Workshop) -> None:
    for name in ("mpd", "chromium"):
        shop.remove(name)
    code, said = shop.run("setup", PYTHON=sys.executable)
    assert (code, said.endswith("setup: please install: mpd chromium\n")) == (1, True)
    shop.add("apt-get")
    shop.add("sudo", 'shift; exec "$@"')
    shop.called()
    assert shop.run("setup", PYTHON=sys.executable)[0] == 0
    called = [line for line in shop.called() if line.startswith("apt-get")]
    install = "apt-get -qq install --no-install-recommends -y mpd chromium"
    assert called == ["apt-get -qq update", install]


def test_a_home_assistant_without_pins_is_refused(shop: Workshop) -> None:
    code, said = shop.run("setup", "--ha", "2020.1.0")
    assert (code, f"ha-{BASE}.txt" in said) == (2, True)
    assert shop.called() == []


def test_python_comes_through_uv(shop: Workshop, tmp_path: Path) -> None:
    assert shop.run("setup", MANAGED=str(tmp_path / "managed" / "python"))[0] == 0
    called = shop.called()
    assert "uv python install --quiet 3.14" in called
    assert f"uv venv --quiet --clear --python {tmp_path}/managed/python {VENV}" in called


def test_python_comes_from_debian_where_uv_has_none(shop: Workshop) -> None:
    code, said = shop.run("setup")
    assert (code, "uv could not fetch CPython 3.14" in said) == (1, True)
    shop.add("dpkg")
    library = shop.root / "scripts" / "lib-python-debian.sh"
    assert "install_debian_python()" in library.read_text()
    library.write_text(f"install_debian_python() {{\n{real_python('$1/usr/bin/python3.14')}\n}}\n")
    shop.called()
    assert shop.run("setup")[0] == 0
    venv = f"uv venv --quiet --clear --python .tools/python/usr/bin/python3.14 {VENV}"
    assert venv in shop.called()


# scripts/lock


def test_names_are_pinned_for_each_home_assistant(shop: Workshop) -> None:
    versions = ("2026.6.4", "2026.11.0")
    code, said = shop.run("lock", *versions, PYTHON=sys.executable)
    assert (code, said) == (0, "")
    names = (shop.root / "requirements" / "dev.in").read_text().splitlines()
    for version in versions:
        pinned = (shop.root / "requirements" / f"ha-{version}.txt").read_text().splitlines()
        assert pinned[: len(names)] == names
        assert pinned[len(names) :] == [
            "python-mpd2==9.9",
            "pytest-homeassistant-custom-component==0.13.300",
        ]
    assert shop.run("lock")[0] == 2


# Those that set up and then run something


@pytest.fixture
def ready(shop: Workshop) -> Workshop:
    """Have everything set up, with a Python that only notes what it is to run."""
    shop.add("setup", folder=shop.root / "scripts")
    for path in (shop.root / "requirements").glob("ha-*.txt"):
        version = path.stem.removeprefix("ha-")
        shop.add("python", folder=shop.root / ".venvs" / version / "bin")
    return shop


@pytest.mark.parametrize(
    ("command", "called"),
    [
        ("demo", [f"setup --ha {BASE}", "python -P -m demo"]),
        (
            "demo --ha 2026.6.4 --once Dinner.",
            ["setup --ha 2026.6.4", "python -P -m demo --once Dinner."],
        ),
        ("demo --once --ha", [f"setup --ha {BASE}", "python -P -m demo --once --ha"]),
        ("benchmark captions", [f"setup --ha {BASE}", "python -P -m benchmarks captions"]),
        (
            "benchmark soak --ha 2026.11.0 --short",
            ["setup --ha 2026.11.0", "python -P -m benchmarks soak --short"],
        ),
        (
            "screenshots",
            ["setup", "python -P -m demo.pictures", "python -P -m demo.trouble_pictures"],
        ),
    ],
)
def test_a_command_sets_up_and_then_runs_its_module(
    ready: Workshop, command: str, called: list[str]
) -> None:
    name, *arguments = command.split()
    assert ready.run(name, *arguments) == (0, "")
    assert [line.rstrip() for line in ready.called()] == called
    for module in re.findall(r"-m (\S+)", " ".join(called)):
        assert importlib.util.find_spec(module), module


def test_every_benchmark_of_the_readme_is_there() -> None:
    named = re.findall(r"^    scripts/benchmark (\S+)", README, re.MULTILINE)
    assert len(named) == 5
    for name in named:
        assert _parser().parse_args([name]).name == name


def test_every_command_of_the_readme_is_there() -> None:
    named = set(re.findall(r"scripts/(\w+)", README))
    assert {"setup", "lock", "test", "card", "demo", "benchmark", "screenshots"} <= named
    for name in named:
        assert (REPOSITORY / "scripts" / name).stat().st_mode & 0o111, name


# scripts/test


def test_tests_run_on_the_home_assistant_that_is_named(ready: Workshop) -> None:
    assert ready.run("test", "--ha", "2026.11.0", "tests/api", "-k", "clock") == (0, "")
    pytest_is_run = "python -m pytest -p tests.ha_compat tests/api -k clock"
    assert [line.rstrip() for line in ready.called()] == ["setup --ha 2026.11.0", pytest_is_run]
    shutil.rmtree(ready.root / ".venvs" / "2026.11.0")
    assert ready.run("test", "--ha")[0] != 0


def test_without_arguments_everything_is_checked(ready: Workshop) -> None:
    for name in ("ruff", "mypy"):
        ready.add(name)
    ready.add("card", folder=ready.root / "scripts")
    assert ready.run("test") == (0, "")
    setup, *checks, tests = [line.rstrip() for line in ready.called()]
    assert setup == f"setup --ha {BASE}"
    assert checks == ["ruff check .", "ruff format --check --quiet .", "mypy", "card --check"]
    assert tests.startswith(
        "python -m pytest -p tests.ha_compat -n 2 --dist loadfile --no-loadscope-reorder --cov="
    )
    ready.add("mypy", "exit 1")
    assert ready.run("test")[0] == 1
    assert not [line for line in ready.called() if "pytest" in line]


# scripts/card


@pytest.mark.parametrize(
    ("committed", "built", "trouble"),
    [
        ("card", "card", ""),
        ("card", "another card", "the built files are not what card/ builds"),
        ("noise", "noise", "bytes gzipped, not less than 40000"),
    ],
)
def test_the_card_that_is_committed_must_be_the_one_that_is_built(
    ready: Workshop, committed: str, built: str, trouble: str
) -> None:
    noise = ready.root / "noise"
    noise.write_bytes(random.Random(1).randbytes(50_000))  # noqa: S311  # only hard to compress
    tools = ready.root / "card" / "node_modules" / ".bin"
    dist = ready.root / "custom_components/elevenlabs_streaming/frontend/dist"
    file = dist / "elevenlabs-captions-card.js"
    dist.mkdir(parents=True)
    fill = f'[ "$text" = noise ] && cat "{noise}" || printf %s "$text"'
    ready.add("tsc", folder=tools)
    ready.add("vitest", folder=tools)
    ready.add("vite", f'text="{built}"; {{ {fill}; }} >"${{@: -1}}/{file.name}"', folder=tools)
    file.write_bytes(noise.read_bytes() if committed == "noise" else committed.encode())
    code, said = ready.run("card", "--check")
    assert (code, trouble in said) == (1 if trouble else 0, True)
    names = [line.split()[0] for line in ready.called()]
    assert names == ["setup", "tsc", "vitest", "vite"]
