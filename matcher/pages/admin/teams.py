"""Teams and their caseworkers: new ones, moving to another team, and leaving."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request, url_for

from matcher.domain.audit import Act
from matcher.domain.errors import FieldProblem, InvalidInput
from matcher.pages.showing import go, room, show
from matcher.pages.sign_in import signed_in
from matcher.pages.typed import Answers
from matcher.services.access import accounts, staff
from matcher.services.access.keys import Caller, Role
from matcher.services.audit import auditing
from matcher.storage.tables import TeamRow

UNFIT: Final = HTTPStatus.UNPROCESSABLE_ENTITY

pages = Blueprint("admin_teams", __name__, url_prefix="/admin")


@pages.get("/teams")
@signed_in(Role.admin)
def look(_caller: Caller) -> Response:
    """Every team with who works in it; changes nothing (CARE 9)."""
    return _teams_page()


@pages.post("/teams")
@signed_in(Role.admin)
def create_team(_caller: Caller) -> Response:
    """A new team."""
    outside, answers = room().outside, Answers(request.form)
    name = answers.line("team")
    if name is None:
        return _teams_page(wrong=("team",), typed={"team": answers.typed("team")})
    with outside.database.writing() as session:
        known = name in {team.name for team, _ in staff.teams(session)}
        if not known:
            staff.create_team(session, name=name, now=outside.clock())
    if known:
        return _teams_page(wrong=("team_known",), typed={"team": name})
    return go(url_for("admin_teams.look", done="team"))


@pages.post("/caseworkers")
@signed_in(Role.admin)
def create_caseworker(_caller: Caller) -> Response:
    """A new caseworker; next they are invited to sign in."""
    outside, answers = room().outside, Answers(request.form)
    typed = {name: answers.typed(name) for name in ("name", "email", "team_id")}
    typed["name"] = answers.line("name") or typed["name"]
    wrong = ["name"] if answers.problems or not typed["name"] else []
    try:
        typed["email"] = accounts.deliverable(typed["email"])
    except InvalidInput:
        wrong.append("email")
    if wrong:
        return _teams_page(wrong=tuple(wrong), typed=typed)
    made = None
    try:
        with outside.database.writing() as session:
            colleagues = [one for _, members in staff.teams(session) for one in members]
            if typed["email"] not in {one.email for one in colleagues if one.disabled_at is None}:
                made = staff.create_caseworker(session, **typed, now=outside.clock())
    except InvalidInput:
        return _teams_page(wrong=("team_id",), typed=typed)
    if made is None:
        return _teams_page(wrong=("email_known",), typed=typed)
    return go(url_for("admin_sign_ins.look", kind="caseworkers", owner_id=made.id))


@pages.get("/caseworkers/<caseworker_id>")
@signed_in(Role.admin, fresh=True)
def caseworker(_caller: Caller, caseworker_id: str) -> Response:
    """One caseworker: another team, leaving, coming back."""
    return _caseworker_page(caseworker_id)


@pages.post("/caseworkers/<caseworker_id>")
@signed_in(Role.admin, fresh=True)
def change_caseworker(_caller: Caller, caseworker_id: str) -> Response:
    """Do what the button says; whoever they accompany goes to a colleague first."""
    outside, deed = room().outside, request.form.get("do")
    now, successor = outside.clock(), request.form.get("successor_id") or None
    try:
        with outside.database.writing() as session:
            if deed == "move":
                team_id = request.form.get("team_id", "")
                staff.move_caseworker(session, caseworker_id, team_id, successor, now)
            elif deed == "disable":
                staff.disable_caseworker(session, caseworker_id, successor, now)
            elif deed == "enable":
                staff.enable_caseworker(session, caseworker_id, now)
            else:
                raise InvalidInput([FieldProblem("/do", "One of move, disable, enable.")])
    except InvalidInput as error:
        return _caseworker_page(caseworker_id, wrong=error.problems[0].pointer.removeprefix("/"))
    return go(url_for("admin_teams.look", done=deed))


def _teams_page(wrong: tuple[str, ...] = (), typed: dict[str, str] | None = None) -> Response:
    outside = room().outside
    with outside.database.reading() as session:
        teams = staff.teams(session)
    auditing.note_reading(outside.database, Act.team_read, outside.clock(), about="teams")
    status = UNFIT if wrong else HTTPStatus.OK
    return show("admin/teams.html", status=status, teams=teams, wrong=wrong, typed=typed or {})


def _caseworker_page(caseworker_id: str, wrong: str = "") -> Response:
    with room().outside.database.reading() as session:
        row = staff.get_caseworker(session, caseworker_id)
        team = session.get_one(TeamRow, row.team_id)
        others = [one for one, _ in staff.teams(session) if one.id != row.team_id]
        colleagues = staff.colleagues(session, row)
    status = UNFIT if wrong else HTTPStatus.OK
    return show(
        "admin/caseworker.html",
        status=status,
        row=row,
        team=team,
        others=others,
        colleagues=colleagues,
        wrong=wrong,
    )
