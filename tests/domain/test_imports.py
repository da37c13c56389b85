"""The report of an import accounts for every row and counts by result and reason."""

from __future__ import annotations

import json

from matcher.domain.imports import DraftRow, ImportLine, ImportReport, ImportResult, RefusedRow, RowNote
from matcher.domain.opportunity import Opportunity

ROWS = (
    DraftRow(
        2,
        "a",
        Opportunity(title="畑の会"),
        (RowNote("定員", "Zero.", "0"), RowNote("定員", "Zero.", "0")),
    ),
    DraftRow(3, "b", Opportunity(title="本の会"), (RowNote("定員", "Zero.", "0"),)),
    RefusedRow(5, None, (RowNote("名称", "No name."),)),
    RefusedRow(6, "a", (RowNote("名称", "Twice.", "line 2"),), "畑の会"),
)


def report(*known: str) -> ImportReport:
    """The report where an earlier import has made drafts of the rows with these keys."""
    return ImportReport(tuple(ImportLine.of(row, known=row.key in known) for row in ROWS))


def test_results_add_up_to_the_rows() -> None:
    assert report().counts == {"rows": 4, "draft": 2, "unchanged": 0, "refused": 2}
    assert report("a").counts == {"rows": 4, "draft": 1, "unchanged": 1, "refused": 2}


def test_a_row_counts_once_for_a_reason_however_often_it_is_noted() -> None:
    assert report().reasons(ImportResult.draft) == {("定員", "Zero."): 2}
    assert report().reasons(ImportResult.refused) == {("名称", "No name."): 1, ("名称", "Twice."): 1}


def test_a_refused_row_is_named_with_line_field_and_reason() -> None:
    written = json.loads(json.dumps(report().as_dict()))
    assert written["lines"][2] == {
        "line": 5,
        "result": "refused",
        "title": None,
        "field": "名称",
        "reason": "No name.",
        "opportunity_id": None,
        "notes": [{"field": "名称", "reason": "No name.", "value": ""}],
    }
    assert written["refused_by_reason"][0] == {"field": "名称", "reason": "No name.", "rows": 1}
    assert written["open_by_reason"] == [{"field": "定員", "reason": "Zero.", "rows": 2}]
    assert (written["lines"][0]["field"], written["lines"][0]["reason"]) == ("定員", "Zero.")
