"""The addresses of the portal; GETs change nothing, and nothing here moves with anybody who has not said yes (CARE 16)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name
from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from matcher.domain.card import Plan
from matcher.domain.errors import Conflict, InvalidInput, NotFound
from matcher.domain.opportunity import Opportunity, OpportunityState, missing_facts
from matcher.domain.opportunity import Session as SessionTime
from matcher.domain.values import Kind
from matcher.mail.wording import when_lines, words
from matcher.pages.portal import listings
from matcher.pages.portal.preview import hints, next_session, preview
from matcher.pages.portal.stated import stated
from matcher.pages.portal.steps import NOT_EXPECTED, PROVIDED, SPOKEN, STEPS, step_of, zone_of
from matcher.pages.showing import go, preferred_language, room, show
from matcher.pages.sign_in import signed_in
from matcher.services.access.keys import Caller, Role
from matcher.services.listings import overview, vetting
from matcher.services.listings.overview import Group
from matcher.storage.opportunities import is_vetted
from matcher.storage.tables import new_id

LISTINGS_ON_A_PAGE: Final = 100  # judgement, 2026-11
LISTINGS_OF_A_GROUP: Final = 30  # judgement, 2026-11: more than most organisations have
FIRST_STEP: Final = "what"
LAST_STEP: Final = "publish"
STEP_NAMES: Final = (*STEPS, LAST_STEP)
UNFIT: Final = HTTPStatus.UNPROCESSABLE_ENTITY
OVER: Final = (OpportunityState.withdrawn, OpportunityState.finished)

pages = Blueprint("portal", __name__, url_prefix="/portal")


@pages.get("")
@signed_in(Role.organisation)
def look(caller: Caller) -> Response:
    """Listings in groups, drafts by what they still need, and how the vetting stands; `show` names one whole group."""
    outside = room().outside
    whole = next((group for group in Group if group == request.args.get("show")), None)
    limit = LISTINGS_ON_A_PAGE if whole else LISTINGS_OF_A_GROUP
    with outside.database.reading() as session:
        counts = overview.counted(session, caller.id)
        groups = {
            group: listings.group(session, caller, group, request.args.get("before"), limit)
            for group in ([whole] if whole else Group)
            if whole or group is not Group.files
        }
        standing = _standing(session, caller)
    shown = [one for group in groups.values() for one in group]
    return show(
        "portal/listings.html",
        **standing,
        counts=counts,
        groups=groups,
        whole=whole,
        by_need={group: _by_need(groups[group]) for group in (Group.drafts, Group.files) if group in groups},
        missing={one.id: missing_facts(one) for one in shown},
        when={one.id: _when(one) for one in shown},
        before=shown[-1].id if whole and len(shown) == limit else None,
    )


def _standing(session: Session, caller: Caller) -> dict[str, Any]:
    """How the look at the organisation stands."""
    organisation = vetting.get_organisation(session, caller.id)
    return {
        "organisation": organisation,
        "vetted": is_vetted(organisation, room().outside.clock()),
        "agreed": len(vetting.approvals(session, organisation)),
    }


@pages.get("/listings/new")
@signed_in(Role.organisation)
def new(_caller: Caller) -> Response:
    """The first question about something new; nothing is saved before it is answered."""
    return _step_page(FIRST_STEP, listings.NEW)


@pages.post("/listings/new")
@signed_in(Role.organisation)
def start(caller: Caller) -> Response:
    """Save the first answers as a draft and go on."""
    try:
        listing_id = listings.start(room().outside, caller, FIRST_STEP, request.form)
    except InvalidInput as error:
        return _step_page(FIRST_STEP, listings.NEW, typed=request.form, refused=error)
    return go(_after(FIRST_STEP, listing_id))


@pages.get("/listings/<listing_id>")
@signed_in(Role.organisation)
def listing(caller: Caller, listing_id: str) -> Response:
    """One listing: a draft at the first step that still lacks something, anything else as a whole."""
    posting = listings.read(room().outside, caller, listing_id)
    if posting.state is OpportunityState.draft:
        missing = missing_facts(posting)
        return go(
            url_for("portal.ask", listing_id=listing_id, step=step_of(missing[0]) if missing else LAST_STEP)
        )
    return _whole(caller, posting)


@pages.get("/listings/<listing_id>/<step>")
@signed_in(Role.organisation)
def ask(caller: Caller, listing_id: str, step: str) -> Response:
    """The questions of one step, with the card beside them."""
    posting = listings.read(room().outside, caller, listing_id)
    if step not in STEP_NAMES:
        raise NotFound("There is no such step.")
    return _whole(caller, posting) if posting.state in OVER else _step_page(step, posting)


@pages.post("/listings/<listing_id>/<step>")
@signed_in(Role.organisation)
def save(caller: Caller, listing_id: str, step: str) -> Response:
    """Save one step and go on to the next; what does not fit is said at its question, and stays as it was typed."""
    outside = room().outside
    if step not in STEPS:
        raise NotFound("There is no such step.")
    try:
        posting = listings.save(outside, caller, listing_id, step, request.form)
    except InvalidInput as error:
        standing = listings.read(outside, caller, listing_id)
        return _step_page(step, standing, typed=request.form, refused=error)
    except Conflict as conflict:
        if conflict.code != "changed":
            raise
        standing = listings.read(outside, caller, listing_id)
        return _step_page(step, standing, typed=request.form, changed=True)
    # Whoever adds or drops a date, or gives an address that no map knows, looks at the same step once more.
    dropped = "yes" if "drop" in request.form else None
    unknown = step == "where" and "place.latitude" in missing_facts(posting)
    if dropped or unknown or "stay" in request.form:
        return go(url_for("portal.ask", listing_id=listing_id, step=step, dropped=dropped))
    return go(_after(step, listing_id))


@pages.post("/listings/<listing_id>/publish")
@signed_in(Role.organisation)
def publish(caller: Caller, listing_id: str) -> Response:
    """Publish; what is still missing is listed with the way to it."""
    outside = room().outside
    try:
        listings.publish(outside, caller, listing_id)
    except InvalidInput as error:
        return _step_page(LAST_STEP, listings.read(outside, caller, listing_id), refused=error)
    return go(url_for("portal.listing", listing_id=listing_id, done="published"))


@pages.post("/listings/<listing_id>/copy")
@signed_in(Role.organisation)
def copy(caller: Caller, listing_id: str) -> Response:
    """A new draft that says the same, without dates."""
    return go(_step_address(listings.copy(room().outside, caller, listing_id, request.form), FIRST_STEP))


@pages.get("/listings/<listing_id>/withdraw")
@signed_in(Role.organisation)
def ask_withdraw(caller: Caller, listing_id: str) -> Response:
    """What taking a listing back means, before it is done."""
    posting = listings.read(room().outside, caller, listing_id)
    return _whole(caller, posting) if posting.state in OVER else show("portal/withdraw.html", listing=posting)


@pages.post("/listings/<listing_id>/withdraw")
@signed_in(Role.organisation)
def withdraw(caller: Caller, listing_id: str) -> Response:
    """Take it back for good."""
    listings.withdraw(room().outside, caller, listing_id)
    return go(url_for("portal.look", done="withdrawn"))


def _by_need(drafts: list[Opportunity]) -> list[tuple[str, list[Opportunity]]]:
    """Drafts under the first step that still lacks something; those that lack nothing come first."""
    needs: dict[str, list[Opportunity]] = {step: [] for step in (LAST_STEP, *STEPS)}
    for one in drafts:
        open_steps = {step_of(fact) for fact in missing_facts(one)}
        needs[next((step for step in STEPS if step in open_steps), LAST_STEP)].append(one)
    return [(step, group) for step, group in needs.items() if group]


def _step_page(
    step: str,
    posting: Opportunity,
    *,
    typed: MultiDict[str, str] | None = None,
    refused: InvalidInput | None = None,
    changed: bool = False,
) -> Response:
    pointers = [problem.pointer for problem in refused.problems] if refused else []
    elsewhere = [pointer for pointer in pointers if step_of(pointer) != step]
    return show(
        f"portal/steps/{step}.html",
        status=UNFIT if refused else HTTPStatus.CONFLICT if changed else HTTPStatus.OK,
        step=step,
        seen=listings.seen(step, posting),
        changed=changed,
        typed=stated(posting) if typed is None else typed,
        wrong={field_of(pointer) for pointer in pointers if step_of(pointer) == step},
        session_wrong=next((one.detail for one in refused.problems if field_of(one.pointer) == "session"), "")
        if refused
        else "",
        elsewhere=list(dict.fromkeys(field_of(pointer) for pointer in elsewhere)),
        **_about(posting),
    )


def _whole(caller: Caller, posting: Opportunity) -> Response:
    with room().outside.database.reading() as session:
        standing = _standing(session, caller)
    return show("portal/listing.html", **standing, **_about(posting))


def _about(posting: Opportunity) -> dict[str, Any]:
    """What every page of one listing shows beside its own questions."""
    now, language = room().outside.clock(), preferred_language().value

    def card(asked_by: str) -> Any:
        return preview(posting, now, language=language, asked_by=asked_by)

    return {
        "listing": posting,
        "once": new_id(),
        "steps": STEP_NAMES,
        "step_of": step_of,
        "missing": missing_facts(posting),
        "open_steps": {step_of(fact) for fact in missing_facts(posting)},
        "card": card,
        "hints": hints(posting),
        "kinds": list(Kind),
        "said": words(language),
        "provided": PROVIDED,
        "nobody_expects": NOT_EXPECTED,
        "spoken": SPOKEN,
        "upcoming": [
            (one.id, " ".join(when_lines(plan_of(posting, one, language))))
            for one in sorted(posting.sessions, key=lambda one: one.starts_at or now)
            if one.ends_at is None or one.ends_at > now
        ],
        "zone": get_timezone_name(ZoneInfo(zone_of(posting)), locale=words(language)["language"]["locale"]),
    }


def field_of(pointer: str) -> str:
    """The field of the form that a pointer means; of a session it is all of it."""
    name = pointer.strip("/").replace("/", ".")
    return "session" if name.startswith("sessions") else name


def _after(step: str, listing_id: str) -> str:
    return _step_address(listing_id, STEP_NAMES[STEP_NAMES.index(step) + 1])


def _step_address(listing_id: str, step: str) -> str:
    return url_for("portal.ask", listing_id=listing_id, step=step)


def _when(posting: Opportunity) -> list[str]:
    now = room().outside.clock()
    if not posting.sessions and posting.open_when is None and posting.duration_minutes is None:
        return []
    return when_lines(plan_of(posting, next_session(posting, now), preferred_language().value))


def plan_of(posting: Opportunity, times: SessionTime, language: str) -> Plan:
    """When and where one session is, for words, on the clock of its place."""
    zone = ZoneInfo(zone_of(posting))
    return Plan(
        language=language,
        title=posting.title or "",
        starts_at=times.starts_at and times.starts_at.astimezone(zone),
        ends_at=times.ends_at and times.ends_at.astimezone(zone),
        open_when=posting.open_when,
        duration_minutes=posting.duration_minutes,
        timezone=zone.key,
        says_timezone=False,
        online=bool(posting.online),
        place_name=posting.place.name if posting.place else None,
    )
