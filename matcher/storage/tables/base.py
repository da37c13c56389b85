"""What all tables share: the declarative base, ids that sort by time, and moments that are always aware UTC."""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

ID_LENGTH = 36
NANOSECONDS = 1_000_000  # in a millisecond
VERSION, VARIANT = 0x7000, 1 << 63


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored as UTC on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone, so it is dropped after the conversion."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"A moment without a zone cannot be stored: {value.isoformat()}")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table of Matcher."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way to say it
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }


Id = String(ID_LENGTH)


class _Stamps:
    """Moments in 4096ths of a millisecond, each later than the one before, also where the clock is coarse or set back."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        milliseconds, rest = divmod(time.time_ns(), NANOSECONDS)
        with self._lock:
            self._last = max(self._last + 1, milliseconds << 12 | (rest << 12) // NANOSECONDS)
            return self._last


_stamps = _Stamps()


def new_id() -> str:
    """A UUID version 7 (RFC 9562, 6.2 method 3): 48 bits of time, 12 of its fraction, then 62 random bits.

    What one process makes later sorts later: rows of one transaction keep the order in which they came about.
    """
    stamp = _stamps.next()
    high = (stamp >> 12) << 16 | VERSION | stamp & 0xFFF
    low = VARIANT | int.from_bytes(os.urandom(8), "big") >> 2
    return str(uuid.UUID(int=high << 64 | low))
