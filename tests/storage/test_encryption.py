"""Contact and notes at rest, keys that rotate, and links that outlive them (CARE 22, 25)."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from matcher.services.answers import answering
from matcher.services.asking import letters
from matcher.services.my_pace import pause_links
from matcher.services.outside import Outside
from matcher.services.people import talks
from matcher.services.upkeep.reencrypting import reencrypt
from matcher.storage.encryption import Keyring, UnreadableSecret, token_hash
from matcher.storage.engine import Database
from matcher.storage.people import person_of
from matcher.storage.tables import (
    CaseworkerRow,
    InvitationRow,
    OrganisationRow,
    PauseLinkRow,
    PersonRow,
    TalkRow,
)
from tests.builders import NOW, SECRET, World, make_world
from tests.worlds import At

OLD, NEW = SECRET, Fernet.generate_key().decode()
SECRET_WORDS = ["haru-secret@example.org", "mother-secret@example.org", "note-secret", "talk-secret"]


def _told(world: World) -> str:
    """Somebody with everything that must not be readable at rest."""
    person_id = world.a_person(
        contact={"channel": "email", "address": SECRET_WORDS[0]},
        supporters=[
            {
                "relation": "mother",
                "contact": {"channel": "email", "address": SECRET_WORDS[1]},
                "receives_copy": False,
            }
        ],
    )
    with world.database.writing() as session:
        person = session.get_one(PersonRow, person_id)
        person.notes = SECRET_WORDS[2]
        talks.note(session, person, world.caseworker, SECRET_WORDS[3], NOW)
    return person_id


def test_care_22_contact_and_notes_are_unreadable_in_their_columns(world: World) -> None:
    person_id = _told(world)
    with world.database.reading() as session:
        stored = [
            *session.execute(text("select contact, supporters, notes from person")).one(),
            *session.execute(text("select notes from talk")).one(),
            *session.execute(text("select email from caseworker")).one(),
        ]
        assert session.get_one(PersonRow, person_id).contact["address"] == SECRET_WORDS[0]
        assert session.scalars(select(TalkRow.notes)).one() == SECRET_WORDS[3]
    assert len(stored) == 5
    for sealed in stored:
        assert sealed.startswith("gAAAA")  # Fernet
        assert "secret" not in sealed
        assert "@" not in sealed


def test_care_22_the_organisations_contacts_are_unreadable_too(world: World) -> None:
    world.an_organisation()
    with world.database.reading() as session:
        stored = session.execute(text("select contact_email, safeguarding_contact from organisation")).one()
        assert session.scalars(select(OrganisationRow)).one().safeguarding_contact == "Sato"
    assert all(one.startswith("gAAAA") for one in stored)


def test_care_22_nothing_of_them_is_in_the_raw_file(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    _told(world)
    world.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("matcher.db*"))
    assert b"Haru" in raw  # the alias may stand there; this shows that the right file is read
    assert [word for word in SECRET_WORDS if word.encode() in raw] == []


def test_care_22_events_carry_ids_only(at: At) -> None:
    world, _ = at("visited")
    with world.database.reading() as session:
        payloads = " ".join(
            str(one) for one in session.scalars(text("select cast(payload as text) from event"))
        )
    assert "invitation_id" in payloads
    assert "Haru" not in payloads
    assert "@" not in payloads
    assert "Quiet gardening" not in payloads


def test_the_same_text_is_sealed_differently_each_time() -> None:
    keyring = Keyring((SECRET,))
    assert keyring.seal("same") != keyring.seal("same")


def test_the_old_key_still_reads_and_the_new_one_seals() -> None:
    old, both, new = Keyring((OLD,)), Keyring((NEW, OLD)), Keyring((NEW,))
    assert both.open(old.seal("kept")) == "kept"
    assert new.open(both.seal("fresh")) == "fresh"
    with pytest.raises(UnreadableSecret):
        old.open(both.seal("fresh"))
    assert new.open(both.rotate(old.seal("kept"))) == "kept"
    with pytest.raises(UnreadableSecret):
        new.open(old.seal("kept"))
    with pytest.raises(UnreadableSecret):
        new.rotate(old.seal("kept"))


def _with_keys(world: World, *secrets: str) -> World:
    """The same world after a restart with other keys."""
    before = world.outside
    database = Database(before.database.url.render_as_string(hide_password=False), Keyring(secrets))
    outside = Outside(
        database, before.mailer, before.geocoder, before.clock, before.base_url, before.sender,
        before.language, before.help_lines,
    )  # fmt: skip
    again = object.__new__(World)
    again.outside, again.clock, again.mail_folder = outside, world.clock, world.mail_folder
    again.handler = type(world.handler)(outside)
    again.caseworker, again.admins = world.caseworker, world.admins
    return again


def test_links_and_contacts_outlive_a_rotation_of_keys(at: At) -> None:
    world, invitation_id = at("sent")
    token = world.token(invitation_id)
    with world.database.reading() as session:
        kept = list(session.scalars(select(PauseLinkRow.token_hash)))
        person_id = session.get_one(InvitationRow, invitation_id).person_id
        pause_token = world.database.keyring.tokens("pause", person_id)[0]
    assert kept == [token_hash(pause_token)]
    rotated = _with_keys(world, NEW, OLD)
    assert rotated.token(invitation_id) == token  # a retry writes the same link
    with rotated.database.writing() as session:
        assert person_of(session.get_one(PersonRow, person_id)).contact is not None
        assert session.get_one(CaseworkerRow, rotated.caseworker.id).email == "mori@example.org"
        opened = answering.answer(session, token, "accept", NOW)
        assert opened is not None
        assert opened.view == "accepted"
    rotated.work()  # letters under the new key write a new pause link beside the old one
    with rotated.database.reading() as session:
        assert len(list(session.scalars(select(PauseLinkRow.token_hash)))) == 2
    with rotated.database.writing() as session:
        assert pause_links.pause_by_link(session, pause_token, NOW)
    with rotated.database.reading() as session:
        assert session.get_one(PersonRow, person_id).state == "paused"
    rotated.close()


def test_care_04_a_pause_link_works_after_its_key_is_gone(at: At) -> None:
    world, invitation_id = at("sent")
    person_id = world.invitation(invitation_id).person_id
    pause_token = world.database.keyring.tokens("pause", person_id)[0]
    both = _with_keys(world, NEW, OLD)
    reencrypt(both.database, lambda _done, _total: None)
    both.close()
    later = _with_keys(world, NEW)
    with later.database.writing() as session:
        assert pause_links.knows_pause_link(session, pause_token)
        assert pause_links.pause_by_link(session, pause_token, NOW)
    later.close()


def test_an_invitation_whose_key_is_gone_gets_a_link_of_today(at: At) -> None:
    world, invitation_id = at("sent")
    old = world.token(invitation_id)
    both = _with_keys(world, NEW, OLD)
    reencrypt(both.database, lambda _done, _total: None)
    both.close()
    later = _with_keys(world, NEW)
    with later.database.writing() as session:
        row = session.get_one(InvitationRow, invitation_id)
        new = letters.answer_url(session, later.outside, row).rpartition("/")[2]
        assert new != old
        assert row.token_hash == token_hash(new)
    with later.database.writing() as session:  # the one in the letter they have goes on working
        for token in (old, new):
            opened = answering.answer(session, token, "accept", NOW)
            assert opened is not None
            assert opened.invitation_id == invitation_id
            assert opened.answer == "accept"
    later.close()


def test_care_25_tokens_are_long_hashed_at_rest_and_their_own_for_each_use(at: At) -> None:
    world, invitation_id = at("sent")
    token = world.token(invitation_id)
    assert len(token) * 6 >= 128
    keyring = Keyring((SECRET,))
    assert keyring.tokens("pause", invitation_id) != keyring.tokens("invitation", invitation_id)
    with world.database.reading() as session:
        stored = session.get_one(InvitationRow, invitation_id).token_hash
        names = session.scalars(text("select payload from event"))
        assert stored == token_hash(token)
        assert all(token not in str(one) for one in names)


def test_fingerprints_compare_equal_only_under_one_key() -> None:
    assert Keyring((OLD,)).fingerprint("body") == Keyring((OLD, NEW)).fingerprint("body")
    assert Keyring((OLD,)).fingerprint("body") != Keyring((NEW,)).fingerprint("body")
    assert Keyring((OLD,)).fingerprint("body") != Keyring((OLD,)).fingerprint("other")
