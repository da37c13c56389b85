"""Which rows are about somebody, and the ledger of those who were erased."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from matcher.domain.errors import SettingError
from matcher.storage.erasing import ErasureLedger, rows_about
from matcher.storage.tables import ErasureRow, InvitationHistoryRow, PersonRow
from tests.worlds import At

AT = datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_every_table_that_leads_to_a_person_is_found() -> None:
    found = [table.name for table in rows_about("x")]
    assert found[0] == "person"
    assert {"consent", "exclusion", "history", "introduction", "invitation", "invitation_history", "letter", "match",
            "match_request", "pause_link", "talk", "visit"} <= set(found)  # fmt: skip
    assert not {"team", "caseworker", "organisation", "opportunity", "occurrence", "place", "erasure"} & set(
        found
    )
    assert found.index("invitation") < found.index("invitation_history")


def test_a_history_goes_with_its_person_and_never_else(at: At) -> None:
    world, invitation_id = at("sent")
    history = delete(InvitationHistoryRow).where(InvitationHistoryRow.invitation_id == invitation_id)
    with pytest.raises(DBAPIError, match="append-only"), world.database.writing() as session:
        session.execute(history)
    with world.database.writing() as session:
        person_id = session.query(PersonRow.id).scalar()
        session.add(ErasureRow(person_id=person_id, asked_at=AT))
        session.flush()
        assert session.execute(history).rowcount > 0  # type: ignore[attr-defined]


def test_the_ledger_keeps_each_id_once_in_order(tmp_path: Path) -> None:
    ledger = ErasureLedger(tmp_path / "kept" / "erased.txt")
    assert ledger.ids() == []
    for person_id in ("b", "a", "b"):
        ledger.add(person_id, AT)
    assert ErasureLedger(ledger.path).ids() == ["b", "a"]
    assert ledger.path.stat().st_mode & 0o777 == 0o600


def test_a_line_cut_short_by_a_power_cut_spoils_no_other(tmp_path: Path) -> None:
    ledger = ErasureLedger(tmp_path / "erased.txt")
    ledger.path.write_text("2026-11-23T05:0", encoding="utf-8")
    ledger.add("a", AT)
    assert ledger.ids() == ["a"]


def test_a_ledger_makes_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    ErasureLedger(tmp_path / "data" / "erased.txt").add("p-1", AT)
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "data", tmp_path / "data" / "erased.txt")]
    assert modes == [0o700, 0o600]


def test_a_ledger_is_tried_without_a_word_in_it_and_named_where_it_cannot_be_added_to(tmp_path: Path) -> None:
    ledger = ErasureLedger(tmp_path / "kept" / "erased.txt")
    ledger.check()
    assert ledger.path.read_text() == ""
    (tmp_path / "garbage").write_bytes(b"\xff\xfe")
    for path in (tmp_path, tmp_path / "garbage" / "erased.txt", tmp_path / "garbage"):
        with pytest.raises(SettingError, match=f"MATCHER_ERASED_FILE {path} cannot be written: "):
            ErasureLedger(path).check()
