"""`python -m tests.fault_table`: meet every fault, and print what was heard as a table."""

import contextlib
import io
import sys

import pytest

from tests import test_fault_matrix
from tests.faults import Met

_HEAD = (
    "| when | fault | route | second engine | heard | ours | its | event | shown |",
    "|---|---|---|---|---|---|---|---|---|",
)


def main() -> int:
    """Run the matrix; returns pytest's exit code."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        arguments = ["-q", "-p", "no:cacheprovider", test_fault_matrix.__file__]
        code = pytest.main([*arguments, "--show-capture=no"], plugins=[_Same()])
    rows = "\n".join([*_HEAD, *map(_row, test_fault_matrix.MET)])
    sys.stdout.write(f"{rows}\n")
    if code:
        sys.stderr.write(said.getvalue())
    return int(code)


class _Same:
    """Has pytest fill the list that is printed, and not one of a module loaded twice."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Share the list of rows."""
        for item in items:
            module = getattr(item, "module", None)
            if hasattr(module, "MET"):
                module.MET = test_fault_matrix.MET


def _row(met: Met) -> str:
    outcome = met.outcome
    cells = (
        {"before": "before", "after": "after", "harmless": "-"}[met.group],
        met.fault.name,
        met.route,
        "yes" if met.stand_in else "no",
        outcome.sound,
        f"{outcome.ours:.1f} s",
        f"{outcome.tone:.1f} s",
        f"{outcome.event} {outcome.error or outcome.stand_in or ''}".strip(),
        ", ".join(sorted(outcome.shown)) or "-",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
