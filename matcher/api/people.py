"""`/v1/people`: intake, pauses, and everything that opens or closes the way to somebody."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

from matcher.api.bodies import Body
from matcher.api.calls import Call, Done
from matcher.api.forms.care import (
    ExclusionForm,
    IntroductionForm,
    ShownExclusionForm,
    ShownTalkForm,
    TalkForm,
)
from matcher.api.forms.merging import merge_patch
from matcher.api.forms.person import ConsentForm, PersonForm, ShownPersonForm
from matcher.api.requests import PageAsked
from matcher.api.routes import Routes
from matcher.domain.audit import Act
from matcher.domain.errors import InvalidInput, NotFound
from matcher.services.access.keys import Role
from matcher.services.people import exclusions, people, talks
from matcher.storage.people import consent_of, person_of
from matcher.storage.tables import ConsentRow, ExclusionRow, PersonRow, TalkRow

routes = Routes(
    "people", __name__, description="People, and everything that opens or closes the way to them."
)

_FORM, _SHOWN = PersonForm(), ShownPersonForm()
_CONSENT, _TALK, _INTRODUCTION, _EXCLUSION = (
    ConsentForm(), ShownTalkForm(), IntroductionForm(), ShownExclusionForm(),
)  # fmt: skip

About = TypeVar("About", ConsentRow, ExclusionRow, TalkRow)


def shown_person(row: PersonRow) -> Body:
    """A person as their caseworker reads them."""
    return _SHOWN.show(person_of(row))


def _show(call: Call, done: Done) -> Body:
    return shown_person(people.get(call.session, call.caller, done.id))


def _about_theirs(call: Call, table: type[About], done: Done) -> About:
    """What a command made. Raises NotFound where it comes again after the person is gone, or is another team's by now."""
    row = call.session.get(table, done.id)
    if row is None:
        raise NotFound("There is no such thing any more.")
    people.get(call.session, call.caller, row.person_id)
    return row


def _shown_consent(call: Call, done: Done) -> Body:
    return _CONSENT.show(consent_of(_about_theirs(call, ConsentRow, done)))


def _shown_talk(call: Call, done: Done) -> Body:
    return _TALK.show(_about_theirs(call, TalkRow, done))


def _shown_introduction(_call: Call, done: Done) -> Body:
    return {"organisation_id": done.id}


def _shown_exclusion(call: Call, done: Done) -> Body:
    return _EXCLUSION.show(_about_theirs(call, ExclusionRow, done))


@routes.command(
    "/v1/people", Role.caseworker, _SHOWN, _show, takes=_FORM,
    status=HTTPStatus.CREATED, location="/v1/people/{id}",
)  # fmt: skip
def register_person(call: Call) -> Done:
    """Write down an intake. The start point is rounded to about 500 m before it is kept."""
    return Done(people.register(call.session, call.caller, call.form, call.now).id)


@routes.listing("/v1/people", Role.caseworker, _SHOWN, reads=Act.people_listed)
def list_people(call: Call, asked: PageAsked) -> list[Body]:
    """List the people of one's team, oldest first."""
    return [shown_person(row) for row in people.page(call.session, call.caller, asked.cursor, asked.limit)]


@routes.look("/v1/people/<person_id>", Role.caseworker, _SHOWN, reads=Act.person_read)
def person(call: Call, person_id: str) -> Body:
    """Show somebody of one's team."""
    return _show(call, Done(person_id))


@routes.change("/v1/people/<person_id>", Role.caseworker, _SHOWN, _FORM)
def change_person(call: Call, person_id: str) -> Body:
    """Change an intake by a merge patch. Consents are added by it, never edited."""
    row = people.locked(call.session, call.caller, person_id)
    call.check_version(shown_person(row))
    if not isinstance(call.form, dict):
        raise InvalidInput.at("", "Must be an object.")
    changed = _FORM.read(merge_patch(_FORM.show(person_of(row)), call.form))
    return shown_person(people.change(call.session, row, changed, call.now, given_by=call.caller.name))


@routes.command("/v1/people/<person_id>/pause", Role.caseworker, _SHOWN, _show)
def pause_person(call: Call, person_id: str) -> Done:
    """Stop everything until somebody resumes; an accepted visit stays."""
    people.pause(call.session, people.locked(call.session, call.caller, person_id), call.now)
    return Done(person_id)


@routes.command("/v1/people/<person_id>/resume", Role.caseworker, _SHOWN, _show)
def resume_person(call: Call, person_id: str) -> Done:
    """End a pause."""
    people.resume(call.session, people.locked(call.session, call.caller, person_id), call.now)
    return Done(person_id)


@routes.command("/v1/people/<person_id>/freeze", Role.caseworker, _SHOWN, _show)
def freeze_person(call: Call, person_id: str) -> Done:
    """A crisis: everything stops at once, and a human takes over."""
    people.freeze(call.session, people.locked(call.session, call.caller, person_id), call.now)
    return Done(person_id)


@routes.command("/v1/people/<person_id>/unfreeze", Role.caseworker, _SHOWN, _show)
def unfreeze_person(call: Call, person_id: str) -> Done:
    """The crisis is over, says a human."""
    people.unfreeze(call.session, people.locked(call.session, call.caller, person_id), call.now)
    return Done(person_id)


@routes.command(
    "/v1/people/<person_id>/talks", Role.caseworker, _TALK, _shown_talk,
    takes=TalkForm(), status=HTTPStatus.CREATED,
)  # fmt: skip
def record_talk(call: Call, person_id: str) -> Done:
    """Record a talk, and what they said is comfortable now; what waited for one may go on."""
    row = people.locked(call.session, call.caller, person_id)
    notes, said = call.form["notes"], call.form["comfort"]
    return Done(talks.note(call.session, row, call.caller, notes, call.now, said=said).id)


@routes.command(
    "/v1/people/<person_id>/introductions", Role.caseworker, _INTRODUCTION, _shown_introduction,
    takes=_INTRODUCTION, status=HTTPStatus.CREATED,
)  # fmt: skip
def introduce_person(call: Call, person_id: str) -> Done:
    """Record that somebody was introduced to an organisation."""
    organisation_id: str = call.form["organisation_id"]
    row = people.locked(call.session, call.caller, person_id)
    people.introduce(call.session, row, organisation_id, call.now)
    return Done(organisation_id)


@routes.command(
    "/v1/people/<person_id>/exclusions", Role.caseworker, _EXCLUSION, _shown_exclusion,
    takes=ExclusionForm(), status=HTTPStatus.CREATED,
)  # fmt: skip
def exclude(call: Call, person_id: str) -> Done:
    """Keep two apart: somebody and an organisation, or two people. The other side never learns of it."""
    row = people.locked(call.session, call.caller, person_id)
    made = exclusions.exclude(
        call.session, row, organisation_id=call.form["organisation_id"], other_person_id=call.form["person_id"],
        now=call.now,
    )  # fmt: skip
    return Done(made.id)


@routes.command(
    "/v1/people/<person_id>/consents", Role.caseworker, _CONSENT, _shown_consent,
    takes=_CONSENT, status=HTTPStatus.CREATED,
)  # fmt: skip
def add_consent(call: Call, person_id: str) -> Done:
    """Record what somebody agreed to."""
    row = people.locked(call.session, call.caller, person_id)
    return Done(people.consent(call.session, row, call.form, call.caller.name, call.now).id)


@routes.command(
    "/v1/people/<person_id>/consents/<consent_id>/withdraw", Role.caseworker, _CONSENT, _shown_consent
)
def withdraw_consent(call: Call, person_id: str, consent_id: str) -> Done:
    """Take a consent back. Everything in flight that rests on it stops."""
    row = people.locked(call.session, call.caller, person_id)
    return Done(people.withdraw_consent(call.session, row, consent_id, call.now).id)
