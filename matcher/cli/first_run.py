"""The first run fills an empty database, and every run says how each role gets in."""

from __future__ import annotations

import json
from pathlib import Path

from matcher.bootstrap import Runtime
from matcher.cli.seeding import is_empty, seed

ACCESS_FILE = "access.json"


def sign_ins(runtime: Runtime) -> dict[str, str]:
    """Seed an empty database, and give the invented keys by role.

    Keys are hashed in the database; those of the invented organisations and people are also kept in a file only its
    owner can read, so that a second start can name them again. A database with rows of its own has no such file.
    """
    outside, path = runtime.outside, runtime.settings.data_dir / ACCESS_FILE
    with outside.database.reading() as session:
        empty = is_empty(session)
    if empty:
        _keep(path, seed(outside, outside.clock()).keys)
    return _kept(path)


def _keep(path: Path, keys: dict[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(keys, ensure_ascii=False, indent=2))


def _kept(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    keys: dict[str, str] = json.loads(path.read_text())
    return keys
