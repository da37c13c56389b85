"""Rows in memory: found by id, sorted into cells, changed in place, and never two for one id."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from matcher.scoring.columns.table import ALL_BARS, GONE, TAIL_MAX, Column, Lists, Table

names = st.text("abcxyz", min_size=1, max_size=3)
entries = st.lists(st.integers(0, 9), max_size=5)


def a_table() -> Table:
    return Table({"number": Column(np.int64), "wide": Column(np.int64, 1)}, {"words": Column(np.int32)})


def written(number: int, cell: int = 0, rank: float = 0.0) -> dict[str, Any]:
    return {"bars": 0, "cell": cell, "rank": rank, "number": number, "wide": [number]}


def read(table: Table, row_id: str) -> tuple[int, list[int]]:
    row = table.row(row_id)
    assert row is not None
    begin, count = table.arrays["extents"][row]
    return int(table.arrays["number"][row]), table.arrays["words"][begin : begin + count].tolist()


class TableMachine(RuleBasedStateMachine):
    """Whatever is done to it in whatever order, the table says what a plain dict says."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.table = a_table()
        self.model: dict[str, tuple[int, list[int], int, float]] = {}

    @rule(target=ids, name=names)
    def name(self, name: str) -> str:
        return name

    @rule(name=ids, number=st.integers(0, 99), words=entries, cell=st.integers(0, 3), rank=st.integers(0, 3))
    def put(self, name: str, number: int, words: list[int], cell: int, rank: int) -> None:
        self.table.put(name, written(number, cell, rank), {"words": words})
        self.model[name] = number, words, cell, rank

    @rule(name=ids)
    def remove(self, name: str) -> None:
        self.table.remove(name)
        self.model.pop(name, None)

    @rule(names=st.lists(names, unique=True, max_size=4), words=entries)
    def fill(self, names: list[str], words: list[int]) -> None:
        new = [name for name in names if name not in self.model]
        lists = Lists(np.full(len(new), len(words), np.int32), np.array(words * len(new), np.int32))
        columns = {"bars": 0, "cell": 2, "rank": 1.0, "number": 5, "wide": np.full((len(new), 1), 5)}
        self.table.fill(new, columns, {"words": lists})
        self.model |= dict.fromkeys(new, (5, words, 2, 1.0))

    @rule()
    def settle(self) -> None:
        self.table.settle()
        cells, ranks = self.table.arrays["cell"], self.table.arrays["rank"]
        order = [(cell, -rank) for cell, rank in zip(cells, ranks, strict=True)][: self.table.count]
        assert order == sorted(order)
        assert self.table.settled == self.table.count == len(self.model)
        for place, cell in enumerate(self.table.cells):
            assert set(cells[self.table.starts[place] : self.table.starts[place + 1]]) == {cell}

    @invariant()
    def says_what_was_written(self) -> None:
        assert len(self.table) == len(self.model)
        for name, (number, words, cell, rank) in self.model.items():
            row = self.table.row(name)
            assert row is not None
            assert read(self.table, name) == (number, words)
            assert (self.table.arrays["cell"][row], self.table.arrays["rank"][row]) == (cell, rank)
            assert self.table.ids([row]) == [name]

    @invariant()
    def orders_rows_by_id(self) -> None:
        rows = {name: self.table.row(name) for name in self.model}
        assert sorted(rows, key=lambda name: self.table.arrays["order"][rows[name]]) == sorted(rows)

    @invariant()
    def bars_every_row_that_nobody_has(self) -> None:
        cells, bars = self.table.arrays["cell"][: self.table.count], self.table.arrays["bars"]
        assert (bars[: self.table.count][cells == GONE] == ALL_BARS).all()


TestTable = TableMachine.TestCase
TestTable.settings = settings(max_examples=60, stateful_step_count=30)


def test_a_change_that_stays_in_its_cell_is_written_in_place() -> None:
    table = a_table()
    table.fill(
        ["a", "b"], written(1) | {"wide": [[1], [1]]}, {"words": Lists(np.zeros(2, np.int32), np.zeros(0))}
    )
    table.settle()
    rows = table.row("a"), table.count
    table.put("a", written(2), {"words": [1, 2]})
    assert (table.row("a"), table.count) == rows
    table.put("a", written(2, cell=1), {"words": [1, 2]})
    assert table.row("a") == table.count - 1 == rows[1]


def test_a_long_tail_says_so() -> None:
    table = a_table()
    for number in range(TAIL_MAX + 1):
        assert not table.is_untidy
        table.put(f"{number:05}", written(number), {"words": []})
    assert table.is_untidy
    table.settle()
    assert not table.is_untidy


def test_an_id_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 36 bytes"):
        a_table().put("x" * 37, written(1), {"words": []})


def test_a_column_grows_wider_and_keeps_what_it_holds() -> None:
    table = a_table()
    table.put("a", written(7), {"words": []})
    table.widen("wide", 3)
    row = table.row("a")
    assert table.arrays["wide"][row].tolist() == [7, 0, 0]
