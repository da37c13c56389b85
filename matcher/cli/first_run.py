"""The first run fills an empty database, and every run says how each role gets in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from matcher.bootstrap import Runtime
from matcher.cli.seeding import is_empty, seed

ACCESS_FILE = "access.json"


@dataclass(frozen=True, slots=True)
class Access:
    """How each invented role gets in: by key, or with e-mail and password."""

    keys: dict[str, str] = field(default_factory=dict)
    sign_ins: dict[str, tuple[str, str]] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """What a terminal says of it."""
        return [
            *(f"{'key of ' + role:24}{key}" for role, key in self.keys.items()),
            *(
                f"{'sign-in of ' + role:24}{email:22}{password}"
                for role, (email, password) in self.sign_ins.items()
            ),
        ]


def first_run(runtime: Runtime) -> Access:
    """Seed an empty database, and say how each role gets in.

    Keys and passwords are hashed in the database; those of the invented organisations and people are also kept in a file
    only its owner can read, so that a second start can name them again. A database with rows of its own has no such file.
    """
    outside, path = runtime.outside, runtime.settings.data_dir / ACCESS_FILE
    with outside.database.reading() as session:
        empty = is_empty(session)
    if empty:
        made = seed(outside, outside.clock())
        _keep(path, Access(made.keys, made.sign_ins))
    return Access(**json.loads(path.read_text())) if path.exists() else Access()


def _keep(path: Path, access: Access) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(access), ensure_ascii=False, indent=2))
