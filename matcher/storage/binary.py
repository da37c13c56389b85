"""Rows streamed as PostgreSQL holds them: half as many bytes for what is packed, and no text to be read."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import Format


class BinaryCursor(psycopg.ServerCursor[Any]):
    """What `yield_per` reads through."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.format = Format.BINARY
