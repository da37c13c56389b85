"""The first run fills an empty database, and every run says how each role gets in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.bootstrap import Runtime
from matcher.cli.seeding import is_empty, seed
from matcher.domain.errors import SettingError
from matcher.storage.encryption import token_hash
from matcher.storage.tables import ApiKeyRow

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
    only its owner can read, so that a second start can name them again. A database with rows of its own has no such file,
    and one of another database is not its.

    Raises SettingError, before anything is seeded, where the file cannot be written.
    """
    outside, path = runtime.outside, runtime.settings.data_dir / ACCESS_FILE
    with outside.database.reading() as session:
        empty = is_empty(session)
    if empty:
        _keep(path, Access())  # tried first: what is seeded and not kept lets nobody in, ever
        made = seed(outside, outside.clock())
        _keep(path, Access(made.keys, made.sign_ins))
    kept = Access(**json.loads(path.read_text())) if path.exists() else Access()
    with outside.database.reading() as session:
        return kept if _is_of(session, kept) else Access()


def _keep(path: Path, access: Access) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(access), ensure_ascii=False, indent=2))
    except OSError as error:
        raise SettingError(f"{path} in MATCHER_DATA_DIR cannot be written: {error.strerror}.") from None


def _is_of(session: Session, access: Access) -> bool:
    """Whether these keys were made in this database; whether they still work is another matter."""
    hashes = [token_hash(key) for key in access.keys.values()]
    return session.scalars(select(ApiKeyRow.id).where(ApiKeyRow.key_hash.in_(hashes))).first() is not None
