"""The formats of files with listings that can be read, by the name that people and programs give them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Protocol

from matcher.domain.imports import ImportReading
from matcher.exchange.hsds import read_hsds
from matcher.exchange.municipal_csv import read_municipal_csv
from matcher.exchange.openactive import read_openactive


class Reader(Protocol):
    """Turns the bytes of a file into drafts and refusals; raises UnreadableFile."""

    def __call__(self, content: bytes, *, now: datetime) -> ImportReading:
        """Every row, in the order of the file."""
        ...


READERS: Final[Mapping[str, Reader]] = {
    "municipal-csv": read_municipal_csv,
    "openactive": read_openactive,
    "hsds": read_hsds,
}
