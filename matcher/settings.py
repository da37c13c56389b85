"""Everything a deployment can set, read once from the environment and checked in one place."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import SplitResult, urlsplit

from cryptography.fernet import Fernet
from environs import Env, EnvError

from matcher.domain.errors import SettingError
from matcher.domain.network import is_this_machine

DEFAULT_PORT = 8000
# Exactly: base64 as Fernet reads it passes over whatever does not belong, and a second key behind a wrong sign with it.
_SECRET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)
PROXIES_MAX = 5  # judgement, 2026-11: more in a row is a slip of the keyboard
# By language; a deployment states its own. Source of the default: the 24 h line of Japan's health ministry, 2026-11.
DEFAULT_HELP_LINES = {
    "ja": "よりそいホットライン 0120-279-338（24時間・無料）",
    "en": "Yorisoi Hotline (Japan) 0120-279-338, press 2 for English",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Checked settings. `redis_url` None means one process with everything inside (embedded).

    `proxies` says how many reverse proxies add the reader's address: believing more than there are would let anybody
    choose an address of their own.
    """

    database_url: str
    redis_url: str | None
    mail_url: str
    base_url: str
    secret_keys: tuple[str, ...]
    geocoder: str
    language: str
    port: int
    proxies: int
    data_dir: Path
    erased_file: Path
    mail_from: str
    help_lines: Mapping[str, str]
    bootstrap_admin_keys: tuple[str, ...]
    metrics_token: str | None

    @property
    def embedded(self) -> bool:
        """Whether worker threads run beside the web server."""
        return self.redis_url is None

    @property
    def mail_folder(self) -> Path | None:
        """Where the maildir lies, when mail is kept in one."""
        return Path(self.mail_url.removeprefix("maildir:")) if self.mail_url.startswith("maildir:") else None

    @property
    def shown_mail_folder(self) -> Path | None:
        """The maildir that `/dev/mail` shows to whoever comes: only where links lead to this machine and to nobody else's."""
        host = urlsplit(self.base_url).hostname or ""
        return self.mail_folder if is_this_machine(host) else None


def load_settings(environment: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read and check the settings.

    Parameters
    ----------
    environment : mapping, optional
        Instead of the process environment.
    **overrides
        `port` or `data_dir` from the command line; None is ignored.

    Raises
    ------
    SettingError
        With one line that names the setting and what would be right.
    """
    env = _Reader(environment)
    chosen = {name: value for name, value in overrides.items() if value is not None}
    data_dir = Path(str(chosen.get("data_dir") or env.text("MATCHER_DATA_DIR", "var"))).absolute()
    port = int(str(chosen["port"])) if "port" in chosen else env.port("MATCHER_PORT", DEFAULT_PORT)
    redis_url = _redis_url(env.text("MATCHER_REDIS_URL", ""))
    database_url = _database_url(env.text("MATCHER_DATABASE_URL", f"sqlite:///{data_dir / 'matcher.db'}"))
    own = _OwnSecret(data_dir / "secret.key", database_url) if redis_url is None else None
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        mail_url=env.text("MATCHER_MAIL_URL", f"maildir:{data_dir / 'mail'}"),
        base_url=_base_url(env.text("MATCHER_BASE_URL", f"http://127.0.0.1:{port}")),
        secret_keys=_secret_keys(env.text("MATCHER_SECRET_KEYS", ""), own),
        geocoder=env.text("MATCHER_GEOCODER", "gazetteer"),
        language=_language(env.text("MATCHER_LANGUAGE", "ja")),
        port=port,
        proxies=_proxies(env.text("MATCHER_PROXIES", "0")),
        data_dir=data_dir,
        erased_file=Path(env.text("MATCHER_ERASED_FILE", str(data_dir / "erased.txt"))).absolute(),
        mail_from=env.text("MATCHER_MAIL_FROM", "Matcher <no-reply@localhost.localdomain>"),
        help_lines=_help_lines(env.text("MATCHER_HELP_LINES", "")),
        bootstrap_admin_keys=tuple(
            key.strip() for key in env.text("MATCHER_BOOTSTRAP_ADMIN_KEYS", "").split(",") if key.strip()
        ),
        metrics_token=env.text("MATCHER_METRICS_TOKEN", "") or None,
    )


class _Reader:
    """The environment through `environs`, or a mapping handed in by a test."""

    def __init__(self, environment: Mapping[str, str] | None) -> None:
        self._given = environment
        self._env = Env()

    def text(self, name: str, default: str) -> str:
        if self._given is not None:
            return self._given.get(name, default).strip() or default
        try:
            return str(self._env.str(name, default)).strip() or default
        except EnvError as error:
            raise SettingError(f"{name}: {error}") from error

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not 1 <= int(value) <= 65535:
            raise SettingError(f"{name} must be a port from 1 to 65535, not {value!r}.")
        return int(value)


def _database_url(value: str) -> str:
    if value.startswith(("postgres://", "postgresql://")):
        value = "postgresql+psycopg://" + value.split("://", 1)[1]
    in_file = value.startswith("sqlite:///") and value.removeprefix("sqlite:///") not in ("", ":memory:")
    if not (in_file or (value.startswith("postgresql+psycopg://") and _parts(value) is not None)):
        raise SettingError(
            "MATCHER_DATABASE_URL must look like sqlite:///path or postgresql://host/database."
        )
    return value


def _redis_url(value: str) -> str | None:
    parts = _parts(value)
    if value and (parts is None or parts.scheme not in ("redis", "rediss", "unix")):
        raise SettingError("MATCHER_REDIS_URL must look like redis://host:6379/0.")
    return value or None


def _base_url(value: str) -> str:
    """What links begin with; a host in another script as a mail header can hold it."""
    parts = _parts(value.rstrip("/"))
    if parts is not None and parts.scheme in ("http", "https") and parts.hostname:
        besides = parts.path or parts.query or parts.fragment or parts.username or re.search(r"\s", value)
        with suppress(UnicodeError):
            host = parts.hostname.encode("idna").decode()
            if not besides and parts.netloc.isascii():
                return value.rstrip("/")
            if not besides:
                return f"{parts.scheme}://{host}" + ("" if parts.port is None else f":{parts.port}")
    raise SettingError(f"MATCHER_BASE_URL must look like https://matcher.example.org, not {value!r}.")


def _parts(url: str) -> SplitResult | None:
    """The parts of an address; None where its host or port is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _proxies(value: str) -> int:
    if value not in map(str, range(PROXIES_MAX + 1)):
        raise SettingError(
            f"MATCHER_PROXIES must be how many proxies stand in front, 0 to {PROXIES_MAX}, not {value!r}."
        )
    return int(value)


def _language(value: str) -> str:
    if value not in ("ja", "en"):
        raise SettingError(f"MATCHER_LANGUAGE must be ja or en, not {value!r}.")
    return value


def _help_lines(value: str) -> dict[str, str]:
    if not value:
        return dict(DEFAULT_HELP_LINES)
    try:
        lines = json.loads(value)
    except ValueError:
        lines = None
    said = isinstance(lines, dict) and all(isinstance(text, str) and text.strip() for text in lines.values())
    if not said or not set(lines) <= set(DEFAULT_HELP_LINES):
        raise SettingError(
            'MATCHER_HELP_LINES must be JSON by language, ja and en alone, such as {"ja": "…", "en": "…"}.'
        )
    return {**DEFAULT_HELP_LINES, **lines}


def _secret_keys(value: str, own: _OwnSecret | None) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    if not keys:
        if own is None:
            raise SettingError("MATCHER_SECRET_KEYS is needed here: make one with `matcher key secret`.")
        keys = (own.read(),)
    if not all(map(_SECRET_KEY.fullmatch, keys)):
        raise SettingError(
            "MATCHER_SECRET_KEYS must be 32 bytes in url-safe base64 each, newest first, comma between: "
            "make one with `matcher key secret`."
        )
    return keys


@dataclass(frozen=True, slots=True)
class _OwnSecret:
    """The embedded mode's own key: made once, before the database, readable by its owner only."""

    path: Path
    database_url: str

    def read(self) -> str:
        """The key, made where there is none yet. Raises SettingError where it is lost or cannot be written."""
        folder = self.path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Looked at in this order: of two first starts the other makes the key, and then the database.
            if self._has_database() and not self.path.exists():
                raise SettingError(
                    f"{self.path} is missing, and {self._database()} was written with the key in it: "
                    "put it back, or set MATCHER_SECRET_KEYS to that key."
                )
            if not self.path.exists():
                _write_new_key(self.path)
            return self.path.read_text().strip()
        except OSError as error:
            raise SettingError(f"MATCHER_DATA_DIR {folder} cannot be written: {error.strerror}.") from None

    def _has_database(self) -> bool:
        """One in a file; of another the first sealed value tells, once it is open."""
        path = self._database()
        return path is not None and path.exists() and path.stat().st_size > 0

    def _database(self) -> Path | None:
        file = self.database_url.startswith("sqlite:///")
        return Path(self.database_url.removeprefix("sqlite:///")) if file else None


def _write_new_key(path: Path) -> None:
    # Written whole before it has its name: a start cut off here leaves no empty key behind.
    with NamedTemporaryFile("w", dir=path.parent, prefix=".secret-") as made:  # 0600, as tempfile makes them
        made.write(Fernet.generate_key().decode())
        made.flush()
        os.fsync(made.fileno())
        _name_it(made.name, path)


def _name_it(made: str, path: Path) -> None:
    """Of two first starts, one names its key. Some file systems know no second name: there it is written once more."""
    with suppress(FileExistsError):
        try:
            os.link(made, path)
        except FileExistsError:
            raise
        except OSError:
            with open(path, "x", opener=_private) as copy:
                copy.write(Path(made).read_text())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
