"""After a backup was put back nothing old goes out on its word."""

from __future__ import annotations

from matcher.services.upkeep.restoring import settle_restored
from matcher.storage import outbox
from matcher.storage.tables import LetterRow, PersonRow
from tests.accounts import a_human, who
from tests.builders import World
from tests.forms import STANDING_CONSENT
from tests.worlds import At


def _settle(world: World) -> tuple[int, int, int]:
    with world.database.writing() as session:
        settled = settle_restored(session, world.clock())
    world.work()
    return settled.withdrawn, settled.letters, settled.paused


def test_an_invitation_not_recorded_as_sent_is_withdrawn_without_a_word(at: At) -> None:
    world, invitation_id = at("approved")
    assert _settle(world) == (1, 0, 0)
    row = world.invitation(invitation_id)
    assert (row.state, row.holds_seat) == ("withdrawn", False)
    assert world.letters() == []
    assert _settle(world) == (0, 0, 0), "a repeat changes nothing"


def test_what_was_sent_before_the_backup_stands_and_is_not_sent_again(at: At) -> None:
    world, invitation_id = at("sent")
    before = len(world.letters())
    assert _settle(world) == (0, 0, 0)
    assert world.invitation(invitation_id).state == "sent"
    assert len(world.letters()) == before


def test_every_other_letter_counts_as_tried_so_that_at_most_one_extra_copy_goes_out(at_sqlite: At) -> None:
    world, invitation_id = at_sqlite("sent")
    world.answer(invitation_id, "accept")
    with world.database.reading() as session:
        accepted = session.query(LetterRow).filter_by(state="due").count()
    for _ in range(2):  # the letters become due, and the backup is put back twice before one goes
        for event_id in _due(world)[:1]:
            world.handler.handle(event_id)
        with world.database.writing() as session:
            settle_restored(session, world.clock())
    world.work()
    with world.database.reading() as session:
        letters = session.query(LetterRow).filter(LetterRow.kind != "invitation").all()
    assert accepted == 0
    assert letters
    assert all((one.state, one.unsure) == ("sent", 1) for one in letters), [
        (o.kind, o.state, o.unsure) for o in letters
    ]


def _due(world: World) -> list[str]:
    with world.database.reading() as session:
        return list(outbox.due(session, world.clock(), 100))


def test_care_04_who_agreed_in_advance_may_have_said_stop_since_and_is_paused(at_sqlite: At) -> None:
    world, _ = at_sqlite("nothing")
    asked = world.a_person()
    consents = [
        {"purpose": "matching", "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"},
        STANDING_CONSENT,
    ]
    agreed = world.a_person(alias="Sora", approval="standing", consents=consents)
    world.work()
    assert _settle(world) == (0, 0, 1)
    world.an_opportunity()
    world.work()
    with world.database.reading() as session:
        assert session.get_one(PersonRow, agreed).state == "paused"
        assert session.get_one(PersonRow, asked).state == "open"
    assert world.letters() == []


def test_everybody_signs_in_anew(sqlite_world: World) -> None:
    """Whoever was signed out, or left, after the backup was taken must not be let in by it again."""
    world = sqlite_world
    token = a_human(world).sign_in()
    with world.database.writing() as session:
        assert settle_restored(session, world.clock()).signed_out == 1
    assert who(world, token) is None
