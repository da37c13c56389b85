"""Teams, caseworkers and who signs in for whom, on the admin's pages: behind a fresh code, and nobody is left alone."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from matcher.services.access import accounts, keys
from matcher.services.access.keys import Caller, Role
from matcher.services.people import people
from matcher.storage.tables import CaseworkerRow, PersonRow
from tests.accounts import a_human, newest_link, who
from tests.builders import World
from tests.pages.admin.admins import ODD, an_admin, the_human
from tests.pages.browser import Browser


@pytest.fixture
def mine(app: Flask, world: World) -> Browser:
    return an_admin(app, world)


def caseworker(world: World, caseworker_id: str) -> CaseworkerRow:
    with world.database.reading() as session:
        return session.get_one(CaseworkerRow, caseworker_id)


def test_from_a_new_team_to_a_caseworker_who_signs_in(app: Flask, world: World, mine: Browser) -> None:
    mine.get("/admin/teams")
    assert mine.send(team="  ").status_code == 422
    mine.send(team="River")
    page = mine.get("/admin/teams").text
    again = mine.send(team="River")
    assert again.status_code == 422
    assert "There is a team of this name already." in again.text
    team_id = re.search(r'<option value="([^"]+)">River', page)
    assert team_id is not None
    refused = mine.send("/admin/caseworkers", name="Abe", email="abe@", team_id=team_id.group(1))
    assert refused.status_code == 422
    assert "such as name@example.org" in refused.text
    made = mine.send("/admin/caseworkers", name="Abe", email="abe@example.org", team_id=team_id.group(1))
    mine.get("/admin/teams")
    twice = mine.send("/admin/caseworkers", name="Abe", email="abe@example.org", team_id=team_id.group(1))
    assert twice.status_code == 422
    assert "Somebody with this address is a colleague already." in twice.text
    page = mine.get(made.headers["Location"]).text
    assert 'value="abe@example.org"' in page
    assert "abe" not in made.headers["Location"]
    mine.send(do="invite", email="abe@example.org")
    assert "Invited; not set up yet" in mine.get(made.headers["Location"]).text
    theirs = Browser(app)
    theirs.get(f"/sign-in/link/{newest_link(world, 'abe@example.org')}")
    assert theirs.page.status_code == 200


@pytest.mark.parametrize("odd", ODD)
def test_names_of_teams_and_of_people_hold_nothing_invisible(world: World, mine: Browser, odd: str) -> None:
    name, team_id = f"A{odd}B", str(world.caseworker.team_id)
    for path, field, others in (
        ("/admin/teams", "team", {}),
        ("/admin/caseworkers", "name", {"email": "abe@example.org", "team_id": team_id}),
        ("/admin/admins", "name", {}),
    ):
        mine.get("/admin/admins" if path == "/admin/admins" else "/admin/teams")
        assert mine.send(path, **{field: name}, **others).status_code == 422
        assert f'id="{field}-wrong"' in mine.page.text
        assert mine.page.text.count("without line breaks and invisible characters") == 1


def test_who_leaves_is_out_at_once_and_their_people_have_a_colleague(
    app: Flask, world: World, mine: Browser
) -> None:
    mori, human = world.caseworker, a_human(world)
    person_id = world.a_person()
    with world.database.writing() as session:
        key = keys.issue_key(session, Role.caseworker, mori.id, world.clock())
    token = human.sign_in()
    path = f"/admin/caseworkers/{mori.id}"
    mine.get(path)
    refused = mine.send(do="disable")
    assert refused.status_code == 422
    assert "nobody should be left alone" in refused.text
    abe = world.a_caseworker("Abe", mori.team_id)
    mine.get(path)
    assert mine.send(do="disable", successor_id=abe.id).headers["Location"] == "/admin/teams?done=disable"
    assert who(world, token) is None
    with world.database.reading() as session:
        with pytest.raises(keys.NotSignedIn):
            keys.authenticate(session, key, world.clock())
        assert session.get_one(PersonRow, person_id).caseworker_id == abe.id
        assert accounts.find(session, human.email) is None
    mine.get(f"{path}/sign-ins")
    assert 'name="email"' not in mine.page.text
    mine.get(path)
    mine.send(do="enable")
    assert caseworker(world, mori.id).disabled_at is None


def test_who_moves_sees_the_new_team_and_no_longer_the_old_one(world: World, mine: Browser) -> None:
    mori, ito = world.caseworker, world.a_caseworker("Ito")
    abe = world.a_caseworker("Abe", mori.team_id)
    person_id = world.a_person()
    mine.get(f"/admin/caseworkers/{mori.id}")
    assert mine.send(do="move", team_id="nowhere", successor_id=abe.id).status_code == 422
    mine.send(do="move", team_id=str(ito.team_id), successor_id=abe.id)
    assert caseworker(world, mori.id).team_id == ito.team_id
    with world.database.reading() as session:
        moved = Caller(Role.caseworker, mori.id, "", caseworker(world, mori.id).team_id)
        with pytest.raises(people.NotFound):
            people.get(session, moved, person_id)
        assert people.get(session, abe, person_id).caseworker_id == abe.id


@pytest.mark.parametrize(
    "path", ["/admin/admins", "/admin/caseworkers/{id}", "/admin/caseworkers/{id}/sign-ins"]
)
def test_what_is_grave_asks_for_a_fresh_code(world: World, mine: Browser, path: str) -> None:
    path = path.format(id=world.caseworker.id)
    mine.get("/account")
    world.clock.advance(minutes=11)
    for method in (mine.send, mine.get):
        assert method(path).headers["Location"].startswith("/sign-in/again")


def test_somebody_who_lost_everything_begins_anew(world: World, mine: Browser) -> None:
    human = a_human(world)
    token = human.sign_in()
    mine.get(f"/admin/caseworkers/{world.caseworker.id}/sign-ins")
    mine.send(do="start_over", account=human.account_id)
    assert who(world, token) is None
    world.work()
    letter = world.letters(to=human.email)[0].text
    assert "/sign-in/link/" in letter
    assert "Your account is being set up anew" in letter
    with world.database.reading() as session:
        found = accounts.find(session, human.email)
        assert found is not None
        assert found.password_hash is None


@pytest.mark.parametrize("deed", ["start_over", "remove"])
def test_nobody_locks_themselves_out(app: Flask, world: World, deed: str) -> None:
    human = the_human(world)
    own = Browser(app)
    own.sign_in(human)
    page = own.get(f"/admin/admins/{world.admins[0]}/sign-ins").text
    assert "This is your own account." in page
    assert 'value="start_over"' not in page
    refused = own.send(do=deed, account=human.account_id)
    assert refused.status_code == 422
    assert "Only another admin can begin it anew" in refused.text
    assert own.get("/admin").status_code == 200


def test_one_name_is_not_given_to_two_admins_by_a_slip(world: World, mine: Browser) -> None:
    for status in (303, 422):
        mine.get("/admin/admins")
        assert mine.send(name="Sato").status_code == status
    assert "There is an admin of this name already" in mine.page.text


def test_who_no_longer_comes_here_has_no_key_either(world: World, mine: Browser) -> None:
    human = a_human(world)
    with world.database.writing() as session:
        key = keys.issue_key(session, Role.caseworker, world.caseworker.id, world.clock())
    mine.get(f"/admin/caseworkers/{world.caseworker.id}/sign-ins")
    assert "their keys for programs end" in mine.page.text
    mine.send(do="remove", account=human.account_id)
    with world.database.reading() as session, pytest.raises(keys.NotSignedIn):
        keys.authenticate(session, key, world.clock())


def test_an_account_of_somebody_else_is_not_touched_from_here(world: World, mine: Browser) -> None:
    human = a_human(world, Role.organisation, email="izumi@example.org")
    path = f"/admin/caseworkers/{world.caseworker.id}/sign-ins"
    for deed in ("start_over", "remove"):
        mine.get(path)
        assert mine.send(do=deed, account=human.account_id).status_code == 404
    with world.database.reading() as session:
        assert accounts.find(session, human.email) is not None


def test_an_organisation_has_as_many_sign_ins_as_it_needs_and_each_address_one(
    world: World, mine: Browser
) -> None:
    organisation_id = world.an_organisation("Kamome")
    path = f"/admin/organisations/{organisation_id}/sign-ins"
    for email in ("one@example.org", "two@example.org"):
        mine.get(path)
        assert mine.send(do="invite", email=email).status_code == 303
    a_human(world, email="mori@example.org")
    mine.get(path)
    assert mine.send(do="invite", email="mori@example.org").status_code == 409 or mine.page.status_code == 422
    assert "This address already has an account." in mine.page.text
    mine.get(path)
    assert mine.send(do="invite", email="nowhere").status_code == 422
    with world.database.reading() as session:
        emails = [one.email for one in accounts.accounts_of(session, Role.organisation, organisation_id)]
    assert emails == ["one@example.org", "two@example.org"]


def test_one_more_admin_is_invited_and_nobody_ends_themselves(world: World, mine: Browser) -> None:
    other = a_human(world, Role.admin, world.admins[1], email="other@example.org")
    mine.get("/admin/admins")
    made = mine.send(name="Kato")
    world.work()
    assert [one.subject for one in world.letters(to="other@example.org")] == ["There is one more admin"]
    mine.get(made.headers["Location"])
    mine.send(do="invite", email="kato@example.org")
    world.work()
    assert world.letters(to="kato@example.org")
    with world.database.reading() as session:
        own = accounts.accounts_of(session, Role.admin, world.admins[0])[0]
    mine.get(f"/admin/admins/{world.admins[0]}/sign-ins")
    assert mine.send(do="remove", account=own.id).status_code == 422
    assert "your own account" in mine.page.text
    mine.get(f"/admin/admins/{world.admins[1]}/sign-ins")
    mine.send(do="remove", account=other.account_id)
    with world.database.reading() as session:
        assert accounts.accounts_of(session, Role.admin, world.admins[1]) == []
        with pytest.raises(keys.NotSignedIn):
            keys.authenticate(session, "admin-b", world.clock())
