"""A copy of the repository's scripts, in which stand-ins note what they are called with."""

from dataclasses import dataclass
from pathlib import Path
import shutil
import subprocess
import sys

from tests.architecture import REPOSITORY

BASE = (REPOSITORY / "requirements" / "base-version").read_text(encoding="utf-8").strip()
# What the scripts take for granted on any machine.
PLAIN = (
    "awk", "bash", "basename", "cat", "chmod", "cmp", "cp", "diff", "dirname", "env", "find",
    "flock", "grep", "gzip", "head", "id", "ln", "ls", "mkdir", "mktemp", "rm", "sed",
    "sort", "tail", "wc",
)  # fmt: skip
_NOTE = '#!/bin/bash\necho "$(basename "$0")" "$@" >>"{log}"\n'


@dataclass(slots=True)
class Workshop:
    """The copy, and a `PATH` on which there is nothing but stand-ins and plain tools."""

    root: Path
    """Where the copy is."""

    @classmethod
    def build(cls, folder: Path) -> Workshop:
        """Copy the scripts and what they read."""
        shop = cls(folder / "repository")
        for name in ("scripts", "requirements"):
            shutil.copytree(REPOSITORY / name, shop.root / name)
        (shop.root / "card").mkdir()
        shutil.copy(REPOSITORY / "card" / "package-lock.json", shop.root / "card")
        shop.programs.mkdir()
        for name in PLAIN:
            if program := shutil.which(name):
                (shop.programs / name).symlink_to(program)
        return shop

    @property
    def programs(self) -> Path:
        """The only folder of the `PATH`."""
        return self.root.parent / "programs"

    @property
    def _log(self) -> Path:
        return self.root.parent / "called"

    def add(self, name: str, does: str = "", folder: Path | None = None) -> Path:
        """Put a stand-in for a program there, which notes its call and then does something."""
        path = (folder or self.programs) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(_NOTE.format(log=self._log) + does + "\n", encoding="utf-8")
        path.chmod(0o755)
        return path

    def remove(self, name: str) -> None:
        """Have a program not be there."""
        (self.programs / name).unlink()

    def run(self, script: str, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run a script; returns its exit code and what it said."""
        done = subprocess.run(  # noqa: S603  # our own script
            [str(self.root / "scripts" / script), *arguments],
            env={"PATH": str(self.programs), "HOME": str(self.root.parent), **environment},
            cwd=self.root.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def called(self) -> list[str]:
        """Return what was called since the last look, without the folders of the copy."""
        if not self._log.exists():
            return []
        lines = self._log.read_text(encoding="utf-8").replace(f"{self.root}/", "").splitlines()
        self._log.unlink()
        return lines


def real_python(where: str) -> str:
    """Return shell lines that make a program which is this Python, without noting its calls."""
    return (
        f'mkdir -p "$(dirname "{where}")"\n'
        f'printf \'#!/bin/bash\\nexec {sys.executable} "$@"\\n\' >"{where}"\n'
        f'chmod +x "{where}"'
    )
