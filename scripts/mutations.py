"""Removes each guard once, in a copy, and looks whether its test fails: a test that cannot fail guards nothing.

.venv/bin/python scripts/mutations.py                  all of them, a line each; exit status 1 when one went unnoticed
.venv/bin/python scripts/mutations.py --only "CARE 2"  those whose name holds these words
.venv/bin/python scripts/mutations.py --write          afterwards write the table of docs/reliability.md, with today's date

The checkout itself is never touched: whatever ends this, nothing has to be put back.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from guard import Guard
from guards import GUARDS

ROOT = Path(__file__).parents[1]
COPIED = (
    "matcher",
    "tests",
    "scripts",
    "seeds",
    "docs",
    "pyproject.toml",
    "Makefile",
    "README.md",
    "compose.yaml",
)
SECONDS = 900
PYTEST = ("-m", "pytest", "-q", "-x", "-p", "pytest_timeout", "-p", "no:cacheprovider")
LEAN = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # most plugins take longer to load than a test takes
DOCUMENT = ROOT / "docs" / "reliability.md"
HEAD = "| guard | where | fails without it | seen failing |\n|---|---|---|---|\n"
LINE = re.compile(r"^\| (.+) \| `.+` \| `.+` \| (.*) \|$", re.MULTILINE)
TABLE = re.compile(re.escape(HEAD) + r"(?:\|.*\n)*")
FAILED = 1  # pytest's own exit status for tests that ran and failed: anything else is no proof


def main() -> None:
    """Try each guard."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="words in the guard's name")
    parser.add_argument("--write", action="store_true", help="write the table of docs/reliability.md")
    asked = parser.parse_args()
    chosen = [guard for guard in GUARDS if asked.only in guard.name]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "matcher"
        copy.mkdir()
        for name in COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / name)
        tests = sorted({guard.test for guard in chosen})
        if _pytest(copy, *tests) != 0:
            sys.exit("These tests do not pass with every guard in its place: " + " ".join(tests))
        seen = [guard for guard in chosen if _is_noticed(copy, guard)]
    if asked.write:
        _write({guard.name for guard in seen})
    print(f"{len(seen)} of {len(chosen)} guards are missed when they are gone.")
    sys.exit(0 if len(seen) == len(chosen) else 1)


def _write(seen: set[str]) -> None:
    """The table anew: those seen failing with today's date, the others with the date they had."""
    document = DOCUMENT.read_text(encoding="utf-8")
    dates = dict(LINE.findall(document)) | dict.fromkeys(seen, datetime.now(UTC).date().isoformat())
    lines = [f"| {one.name} | `{one.file}` | `{one.test}` | {dates.get(one.name, '')} |\n" for one in GUARDS]
    DOCUMENT.write_text(TABLE.sub(lambda _old: HEAD + "".join(lines), document), encoding="utf-8")


def _is_noticed(copy: Path, guard: Guard) -> bool:
    path = copy / guard.file
    whole = path.read_text(encoding="utf-8")
    if whole.count(guard.old) != 1:
        sys.exit(f"{guard.name}: its text stands {whole.count(guard.old)} times in {guard.file}.")
    path.write_text(whole.replace(guard.old, guard.new), encoding="utf-8")
    try:
        noticed = _pytest(copy, guard.test) == FAILED
    finally:
        path.write_text(whole, encoding="utf-8")
    print(f"{'seen failing' if noticed else 'UNNOTICED   '}  {guard.name}", flush=True)
    return noticed


def _pytest(copy: Path, *tests: str) -> int:
    """The copy stands first on Python's path, so that it is what the tests import."""
    done = subprocess.run(
        [sys.executable, *PYTEST, *tests], cwd=copy, env={**os.environ, **LEAN}, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    if done.returncode not in (0, FAILED):
        sys.exit(f"The tests could not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode


if __name__ == "__main__":
    main()
