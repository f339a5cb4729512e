"""The files of the project, as the guards see them."""

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CXX = (".cc", ".h", ".def")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file git tracks or would track, relative to the root. A folder without git (an sdist) is walked instead."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        paths = [Path(line) for line in done.stdout.splitlines()]
    else:
        paths = [p.relative_to(ROOT) for p in ROOT.rglob("*") if p.is_file()]
    return tuple(sorted(p for p in paths if (ROOT / p).is_file()))


def files(*suffixes: str, under: str = "") -> list[Path]:
    """Tracked files with one of the suffixes, below `under`."""
    return [p for p in tracked() if p.suffix in suffixes and p.as_posix().startswith(under)]


@cache
def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def without_comments(source: str) -> str:
    """C++ text with comments and literals blanked; line numbers stay."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])+'"

    def blank(match: re.Match) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    return re.sub(pattern, blank, source, flags=re.S)
