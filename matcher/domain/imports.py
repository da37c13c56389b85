"""What reading a file of listings gives, and the report that accounts for every row of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from matcher.domain.errors import MatcherError
from matcher.domain.opportunity import Opportunity


class UnreadableFile(MatcherError):
    """The file as a whole cannot be read; nothing was taken from it. `why` is one word for pages that say it anew."""

    def __init__(self, detail: str, *, why: str) -> None:
        self.why = why
        super().__init__(detail)


class RowNote(NamedTuple):
    """What became of one value of a row.

    `field` is the column's name as the file writes it; `reason` one sentence from a closed list, so that rows can be
    counted by it; `value` the words it is about, shortened.
    """

    field: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A row that became a draft. `line` is where it starts in the file, counted from 1; `key` stays the same next time."""

    line: int
    key: str
    opportunity: Opportunity
    notes: tuple[RowNote, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row of which no draft can be made, and why. `key` is None where the row could not even be told apart.

    `rest` is what it says all the same, for whoever mends it.
    """

    line: int
    key: str | None
    problems: tuple[RowNote, ...]
    title: str | None = None
    rest: Opportunity | None = None


@dataclass(frozen=True, slots=True)
class ImportReading:
    """Every row of one file, in its order."""

    rows: tuple[DraftRow | RefusedRow, ...]

    @property
    def drafts(self) -> tuple[DraftRow, ...]:
        """The rows that became drafts."""
        return tuple(row for row in self.rows if isinstance(row, DraftRow))

    @property
    def refused(self) -> tuple[RefusedRow, ...]:
        """The rows that did not."""
        return tuple(row for row in self.rows if isinstance(row, RefusedRow))


class ImportResult(StrEnum):
    """What importing did with a row; `unchanged`: an earlier import has made a draft of it."""

    draft = "draft"
    unchanged = "unchanged"
    refused = "refused"


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One row in the report. Its first note says what to look at first, and of a refused row why it is none."""

    line: int
    result: ImportResult
    title: str | None = None
    notes: tuple[RowNote, ...] = ()
    opportunity_id: str | None = None

    @classmethod
    def of(cls, row: DraftRow | RefusedRow, *, known: bool = False) -> ImportLine:
        """The line for a row as it was read; `known` when an earlier import has made a draft of it."""
        if isinstance(row, RefusedRow):
            return cls(row.line, ImportResult.refused, row.title, row.problems)
        result = ImportResult.unchanged if known else ImportResult.draft
        return cls(row.line, result, row.opportunity.title, row.notes)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: `line, result, title`, `field` and `reason` of the first note, `opportunity_id`, and all `notes`."""
        first = self.notes[0] if self.notes else None
        return {
            "line": self.line,
            "result": self.result.value,
            "title": self.title,
            "field": first and first.field,
            "reason": first and first.reason,
            "opportunity_id": self.opportunity_id,
            "notes": [note._asdict() for note in self.notes],
        }


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One line a row, and the counts."""

    lines: tuple[ImportLine, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by result: `rows, draft, unchanged, refused`; the last three add up to the first."""
        found = Counter(line.result for line in self.lines)
        return {"rows": len(self.lines)} | {result.value: found[result] for result in ImportResult}

    def reasons(self, *results: ImportResult) -> Counter[tuple[str, str]]:
        """How many rows of these results carry a note, by its field and reason."""
        return Counter(
            said
            for line in self.lines
            if line.result in results
            for said in {(note.field, note.reason) for note in line.notes}
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON: `counts`, `refused_by_reason`, `open_by_reason` (of drafts), each most frequent first, and `lines`."""
        return {
            "counts": self.counts,
            "refused_by_reason": _as_list(self.reasons(ImportResult.refused)),
            "open_by_reason": _as_list(self.reasons(ImportResult.draft, ImportResult.unchanged)),
            "lines": [line.as_dict() for line in self.lines],
        }


def _as_list(found: Counter[tuple[str, str]]) -> list[dict[str, Any]]:
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return [{"field": field, "reason": reason, "rows": rows} for (field, reason), rows in ordered]
