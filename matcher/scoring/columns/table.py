"""Rows in memory as columns: fixed numbers and lists, sorted into cells, changed in place.

Most rows are *settled*: sorted by cell, inside a cell by rank, the highest first. What has come or moved since stands in
a short *tail* behind them, which every search looks through; `settle` sorts it in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

ID_BYTES: Final = 36  # a UUID as text
GONE: Final = -1  # the cell of a row that nobody has any more
ALL_BARS: Final = -1  # every bit: nothing goes together with such a row
TAIL_MAX: Final = 4096  # judgement, 2026-11: looking through it takes a tenth of what a listing takes
FIRST_ROOM: Final = 64
ROOM_SHARE: Final = 8  # what is full grows by an eighth, so that growing is rare


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the type of its numbers (or of a record of several) and how many stand side by side (0: just one)."""

    dtype: Any
    width: int = 0

    def empty(self, rows: int) -> NDArray[Any]:
        """Room for rows, all zero."""
        return np.zeros((rows, self.width) if self.width else rows, self.dtype)


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of many rows at once: how many entries each has, and all entries one after the other."""

    lengths: NDArray[np.int32]
    entries: NDArray[Any]


class Table:
    """Rows found by id, by cell and by rank. Not safe for several threads: its owner lets one in at a time.

    `bars` are the bits that keep a row and one of the other side apart; `order` is the place of its id among all ids,
    which decides ties. The entries of list n, counted as in `lists`, lie in a pool of its name; those of row i begin at
    `extents[i, 2 * n]` and are `extents[i, 2 * n + 1]`.
    """

    # `furthest` is the highest rank among the settled.

    def __init__(self, columns: Mapping[str, Column], lists: Mapping[str, Column]) -> None:
        own = {
            "bars": Column(np.int64),
            "cell": Column(np.int64),
            "rank": Column(np.float64),
            "order": Column(np.int32),
        }
        own["extents"] = Column(np.int64, 2 * len(lists))
        self._columns = {**columns, **own}
        self._lists = dict(lists)
        self.arrays: dict[str, NDArray[Any]] = {}
        self._used = dict.fromkeys(lists, 0)
        self.count = self.settled = 0
        self.furthest = 0.0
        self.cells: NDArray[np.int64] = np.zeros(0, np.int64)
        self.starts: NDArray[np.int64] = np.zeros(1, np.int64)
        self._ids: NDArray[np.bytes_] = np.zeros(FIRST_ROOM, f"S{ID_BYTES}")
        self._row_of: NDArray[np.int32] = np.zeros(FIRST_ROOM, np.int32)
        self._known = 0
        self._new: list[
            tuple[NDArray[np.bytes_], NDArray[Any]]
        ] = []  # what `fill` brought and nobody asked for yet
        for name, column in self._columns.items():
            self.arrays[name] = column.empty(FIRST_ROOM)
        for name, column in self._lists.items():
            self.arrays[name] = column.empty(FIRST_ROOM)

    def __len__(self) -> int:
        """How many ids have a row."""
        return int(np.count_nonzero(self.arrays["cell"][: self.count] != GONE))

    @property
    def nbytes(self) -> int:
        """Memory taken, in bytes."""
        return sum(array.nbytes for array in self.arrays.values()) + self._ids.nbytes + self._row_of.nbytes

    @property
    def is_untidy(self) -> bool:
        """Whether the tail has grown so long that it is time to `settle`."""
        return self.count - self.settled > TAIL_MAX

    def row(self, row_id: str) -> int | None:
        """The row of an id, None where it has none."""
        self._know()
        key = _key(row_id)
        place = int(np.searchsorted(self._ids[: self._known], key))
        if place == self._known or self._ids[place] != key:
            return None
        row = int(self._row_of[place])
        return None if self.arrays["cell"][row] == GONE else row

    def ids(self, rows: Sequence[int] | NDArray[Any]) -> list[str]:
        """The ids of rows."""
        self._know()
        return [one.decode() for one in self._ids[self.arrays["order"][np.asarray(rows, np.int64)]]]

    def fill(self, ids: Sequence[str], columns: Mapping[str, ArrayLike], lists: Mapping[str, Lists]) -> None:
        """Add many new rows at once behind the others; `settle` once all have come."""
        first, self.count = self.count, self.count + len(ids)
        self._make_room(self.count)
        rows = slice(first, self.count)
        for name, values in columns.items():
            self.arrays[name][rows] = values
        for place, name in enumerate(self._lists):
            several = lists[name]
            begin, self._used[name] = self._used[name], self._used[name] + len(several.entries)
            self._make_pool(name, self._used[name])
            self.arrays[name][begin : self._used[name]] = several.entries
            begins = begin + np.cumsum(several.lengths) - several.lengths
            self.arrays["extents"][rows, 2 * place] = begins
            self.arrays["extents"][rows, 2 * place + 1] = several.lengths
        self._new.append((_keys(ids), np.arange(first, self.count)))

    def expect(self, rows: int) -> None:
        """Make room for so many more rows at once, instead of little by little."""
        self._make_room(self.count + rows)

    def put(self, row_id: str, columns: Mapping[str, Any], lists: Mapping[str, Sequence[Any]]) -> int:
        """Write everything about one id: in place, or at the end of the tail where its cell or rank is another."""
        row = self.row(row_id)
        if row is None or self._moves(row, columns):
            row = self._new_row(row_id, row)
        for name, value in columns.items():
            self.arrays[name][row] = value
        for place, name in enumerate(self._lists):
            self._write_list(place, name, row, lists[name])
        return row

    def remove(self, row_id: str) -> None:
        """Forget everything about one id; does nothing where there is none."""
        row = self.row(row_id)
        if row is None:
            return
        for name, column in self._columns.items():
            if name != "order":
                self.arrays[name][row] = np.zeros((), column.dtype)
        self._leave(row)

    def widen(self, name: str, width: int) -> None:
        """Make each row of a column wider; what is new is zero."""
        column = self._columns[name]
        if width <= column.width:
            return
        wide = Column(column.dtype, width)
        array = wide.empty(len(self.arrays[name]))
        array[:, : column.width] = self.arrays[name]
        self._columns[name], self.arrays[name] = wide, array

    def settle(self) -> None:
        """Sort everything into cells, drop rows that nobody has and entries that no list has. Linear; about a second
        for a million rows.
        """
        self._know()
        live = np.flatnonzero(self.arrays["cell"][: self.count] != GONE)
        order = live[np.lexsort((-self.arrays["rank"][live], self.arrays["cell"][live]))]
        for name in self._columns:
            self.arrays[name] = self.arrays[name][order]
        for place, name in enumerate(self._lists):
            self._pack(place, name)
        self.count = self.settled = len(order)
        self.cells, starts = np.unique(self.arrays["cell"], return_index=True)
        self.starts = np.append(starts, self.count).astype(np.int64)
        self.furthest = float(self.arrays["rank"].max(initial=0.0))
        self._forget_gone()
        for name in self._columns:
            self.arrays[name] = with_room(self.arrays[name], self.count + TAIL_MAX)

    def _forget_gone(self) -> None:
        """Keep only the ids that have a row; they are sorted already."""
        places = np.sort(self.arrays["order"])
        order = np.searchsorted(places, self.arrays["order"])
        self._known = self.count
        self._ids = with_room(self._ids[places], self._known + TAIL_MAX)
        self._row_of = np.zeros(len(self._ids), np.int32)
        self._row_of[order] = np.arange(self.count)
        self.arrays["order"] = order.astype(np.int32)

    def _pack(self, place: int, name: str) -> None:
        at, lengths = self.arrays["extents"][:, 2 * place], self.arrays["extents"][:, 2 * place + 1]
        begins = np.cumsum(lengths) - lengths
        total = int(lengths.sum())
        entries = np.repeat(at - begins, lengths) + np.arange(total)
        self.arrays[name] = with_room(self.arrays[name][entries], total + TAIL_MAX)
        self.arrays["extents"][:, 2 * place] = begins
        self._used[name] = total

    def _know(self) -> None:
        """Sort new ids in among the others, so that a row's place among them decides ties."""
        if not self._new:
            return
        known = self._row_of[: self._known]
        live = self.arrays["cell"][known] != GONE  # what was removed may come again
        ids = np.concatenate([self._ids[: self._known][live], *(ids for ids, _rows in self._new)])
        rows = np.concatenate([known[live], *(rows for _ids, rows in self._new)])
        places = np.argsort(ids, kind="stable")
        self._known, self._new = len(places), []
        self._ids = with_room(ids[places], self._known + TAIL_MAX)
        self._row_of = with_room(rows[places].astype(np.int32), len(self._ids))
        self.arrays["order"][self._row_of[: self._known]] = np.arange(self._known)

    def _moves(self, row: int, columns: Mapping[str, Any]) -> bool:
        arrays = self.arrays
        return row < self.settled and (
            arrays["cell"][row] != columns["cell"] or arrays["rank"][row] != columns["rank"]
        )

    def _new_row(self, row_id: str, old: int | None) -> int:
        """A row at the end of the tail, of a new id or of one that moves there."""
        row = self.count
        self.count += 1
        self._make_room(self.count)
        if old is None:
            place = self._place(row_id)
        else:
            place = int(self.arrays["order"][old])
            self._leave(old)
        self._row_of[place] = row
        self.arrays["order"][row] = place
        self.arrays["extents"][row] = 0
        return row

    def _leave(self, row: int) -> None:
        self.arrays["cell"][row], self.arrays["bars"][row] = GONE, ALL_BARS

    def _place(self, row_id: str) -> int:
        """Where an id stands among all; room is made for a new one, which is cheap for the newest."""
        key = _key(row_id)
        place = int(np.searchsorted(self._ids[: self._known], key))
        if place < self._known and self._ids[place] == key:
            return place
        if self._known == len(self._ids):
            self._ids = with_room(self._ids, self._known + 1 + self._known // ROOM_SHARE)
            self._row_of = with_room(self._row_of, len(self._ids))
        end = self._known
        self._ids[place + 1 : end + 1] = self._ids[place:end].copy()
        self._row_of[place + 1 : end + 1] = self._row_of[place:end].copy()
        self.arrays["order"][self._row_of[place + 1 : end + 1]] = np.arange(place + 1, end + 1)
        self._ids[place] = key
        self._known += 1
        return place

    def _write_list(self, place: int, name: str, row: int, entries: Sequence[Any]) -> None:
        """Over the old list where the new one fits into its room, else at the end of the pool."""
        begin, room = map(int, self.arrays["extents"][row, 2 * place : 2 * place + 2])
        if len(entries) > room:
            begin = self._used[name]
            self._used[name] += len(entries)
            self._make_pool(name, self._used[name])
        self.arrays["extents"][row, 2 * place : 2 * place + 2] = begin, len(entries)
        if entries:
            self.arrays[name][begin : begin + len(entries)] = entries

    def _make_room(self, rows: int) -> None:
        if rows > len(self.arrays["cell"]):
            for name in self._columns:
                self.arrays[name] = with_room(self.arrays[name], rows + rows // ROOM_SHARE)

    def _make_pool(self, name: str, entries: int) -> None:
        if entries > len(self.arrays[name]):
            self.arrays[name] = with_room(self.arrays[name], entries + entries // ROOM_SHARE)


def with_room(array: NDArray[Any], rows: int) -> NDArray[Any]:
    grown = np.zeros((max(FIRST_ROOM, rows), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def _key(row_id: str) -> bytes:
    key = row_id.encode()
    if len(key) > ID_BYTES:
        raise ValueError(f"An id has at most {ID_BYTES} bytes, not {len(key)}.")
    return key


def _keys(row_ids: Sequence[str]) -> NDArray[np.bytes_]:
    together = "".join(row_ids)
    if (
        together.isascii()
        and len(together) == ID_BYTES * len(row_ids)
        and set(map(len, row_ids)) <= {ID_BYTES}
    ):
        return np.frombuffer(together.encode(), f"S{ID_BYTES}")
    return np.array([_key(one) for one in row_ids], f"S{ID_BYTES}")
