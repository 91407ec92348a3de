"""`python -m tests.fault_table`: meet every fault, and print what was heard as a table."""

from collections.abc import Iterable
from pathlib import Path
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.helpers.faults import Met

_MATRIX = Path(__file__).parent / "generation" / "test_fault_matrix.py"
_HEAD = (
    "| when | fault | route | fallback | heard | ours | its | event | shown |",
    "|---|---|---|---|---|---|---|---|---|",
)


def main() -> int:
    """Run the matrix and print the table; returns pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "table.md"
        options = ["-q", "-p", "tests.ha_compat", "-p", "no:cacheprovider", "--show-capture=no"]
        command = [sys.executable, "-m", "pytest", *options, f"--fault-table={table}", str(_MATRIX)]
        ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  # our own
        if table.exists():
            sys.stdout.write(table.read_text(encoding="utf-8"))
    if ran.returncode:
        sys.stderr.write(ran.stdout)
    return ran.returncode


def table_of(rows: Iterable[Met]) -> str:
    """Return rows as a table in Markdown."""
    return "".join(f"{line}\n" for line in (*_HEAD, *map(_row, rows)))


def _row(met: Met) -> str:
    outcome = met.outcome
    cells = (
        "-" if met.group == "harmless" else met.group,
        met.fault.name,
        met.route,
        "yes" if met.fallback else "no",
        outcome.sound,
        f"{outcome.ours:.1f} s",
        f"{outcome.tone:.1f} s",
        f"{outcome.event} {outcome.error or outcome.fallback or ''}".strip(),
        ", ".join(sorted(outcome.shown)) or "-",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
