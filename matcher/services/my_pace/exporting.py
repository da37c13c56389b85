"""Everything kept about one person, as plain values: for their caseworker whole, for themselves without what CARE keeps.

The person never sees a score, a rung or a chance, nor what they were not offered (CARE 5); what others wrote for
themselves about a talk is theirs to be asked for. docs/privacy.md says so too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.storage.erasing import kept_about
from matcher.storage.tables import OpportunityRow, OrganisationRow

# How the machine finds and guards its rows: nothing about a person, and hashes of links belong to nobody's eyes.
_MACHINERY: Final = frozenset(
    [
        "token_hash",
        "former_token_hash",
        "links",
        "version",
        "cell",
        "reach_km",
        "kind_mask",
        "red_line_mask",
        "packed",
    ]
)
_NOT_THEIRS: Final[Mapping[str, frozenset[str]]] = {
    "person": frozenset({"comfort", "comfort_path", "team_id", "caseworker_id", "unanswered"}),
    "invitation": frozenset({"asked", "match_id", "approved_by", "holds_seat", "live"}),
    "history": frozenset({"aspects", "source", "before"}),
    "talk": frozenset({"notes", "caseworker_id"}),
    "exclusion": frozenset({"other_person_id"}),
    "lifted_exclusion": frozenset({"other_person_id", "lifted_by", "reason"}),
}
_NOT_SHOWN_TO_THEM: Final = frozenset({"match", "match_request", "host_word"})


def export(session: Session, person_id: str, now: datetime) -> dict[str, Any]:
    """Every row about somebody, by table, for their caseworker; ids of what it refers to come with their names.

    Other people appear as ids alone. Moments are ISO 8601 in UTC. Changes nothing.
    """
    kept = {
        name: [_plain(row, _MACHINERY) for row in rows if not _is_about_another(name, row, person_id)]
        for name, rows in kept_about(session, person_id)
    }
    return _document(session, person_id, kept, now)


def export_for_themselves(
    session: Session, person_id: str, in_words: Mapping[str, Iterable[str]], now: datetime
) -> dict[str, Any]:
    """The same for the person. `in_words` says by subject what is believed of them, where rows would say it in numbers."""
    tables = [(name, list(rows)) for name, rows in kept_about(session, person_id)]
    unseen = {
        row["id"] for name, rows in tables if name == "invitation" for row in rows if row["sent_at"] is None
    }
    kept = {
        name: [
            _plain(row, _MACHINERY | _NOT_THEIRS.get(name, frozenset()))
            for row in rows
            if not _is_about_another(name, row, person_id) and not _tells_of(unseen, name, row)
        ]
        for name, rows in tables
        if name not in _NOT_SHOWN_TO_THEM
    }
    found = _document(session, person_id, kept, now)
    return {**found, "in_words": {subject: list(lines) for subject, lines in in_words.items()}}


def _is_about_another(table: str, row: Mapping[str, Any], person_id: str) -> bool:
    """An exclusion that somebody else asked for is silent to the one it keeps away (CARE 18)."""
    return table in ("exclusion", "lifted_exclusion") and row["person_id"] != person_id


def _tells_of(unseen: set[str], table: str, row: Mapping[str, Any]) -> bool:
    """Whether a row tells of an invitation that never reached them: what they are not offered, they never learn of (CARE 5)."""
    return row.get("id" if table == "invitation" else "invitation_id") in unseen


def _document(session: Session, person_id: str, kept: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "exported_at": _said(now),
        "kept": kept,
        "names": {
            "opportunity": _names(session, kept, "opportunity_id", OpportunityRow.id, OpportunityRow.title),
            "organisation": _names(
                session, kept, "organisation_id", OrganisationRow.id, OrganisationRow.name
            ),
        },
    }


def _names(session: Session, kept: dict[str, Any], column: str, key: Any, name: Any) -> dict[str, str]:
    wanted = {row[column] for rows in kept.values() for row in rows if row.get(column)}
    return {str(one): str(said) for one, said in session.execute(select(key, name).where(key.in_(wanted)))}


def _plain(row: Mapping[str, Any], left_out: frozenset[str]) -> dict[str, Any]:
    return {name: _said(value) for name, value in row.items() if name not in left_out}


def _said(value: Any) -> Any:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else value
