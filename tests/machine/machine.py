"""Everything that can happen, in any order, by seed: hypothesis chooses the acts, the promises are looked at after each."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from matcher.domain.errors import Conflict, InvalidInput
from matcher.domain.person import Consent
from matcher.domain.values import Kind, Outcome, Purpose
from matcher.services.access.keys import Caller, Role
from matcher.services.answers import answering, correcting, visiting
from matcher.services.asking import inviting
from matcher.services.finding import requesting
from matcher.services.listings import posting, vetting
from matcher.services.people import exclusions, people, talks
from matcher.storage import outbox
from matcher.storage.engine import Database
from matcher.storage.tables import InvitationRow, MatchRow, OrganisationRow, PersonRow
from tests.forms import STANDING_CONSENT, a_posting, an_intake
from tests.machine.forms import A_STAY, HOURS, LIVING, MATCHING, changes, tuesday
from tests.machine.play import Beginning, Handed, begin_play
from tests.machine.promises import check_always, check_at_rest, check_comfort, check_letter, check_menus
from tests.machine.questions import JUST_DONE, NEWEST, POSTINGS, PROPOSED, STATES, TO_BE_NOTED
from tests.worlds import empty

WHO = st.integers(0, 7)
PEOPLE_MAX, POSTINGS_MAX = 4, 5
LOOKED_AFTER = (
    "withdraw", "pause", "resume", "resume", "freeze", "unfreeze", "unfreeze", "talk", "talk", "exclude host",
    "exclude guest", *(Purpose.matching, Purpose.standing_approval, Purpose.communal_living) * 2,
)  # fmt: skip
MINUTES = (1, 16, 60, 6 * 60, 24 * 60, 8 * 24 * 60, 29 * 24 * 60)


class Machine(RuleBasedStateMachine):
    """One history. `database` is lent by the test and used again."""

    database: ClassVar[Database]
    beginning: ClassVar[Beginning]
    seen: ClassVar[Counter[str]]
    handed_before: ClassVar[tuple[Handed, ...]]

    def __init__(self) -> None:
        super().__init__()
        self.beginning.bring_back()
        self.folder = tempfile.TemporaryDirectory()
        self.play = begin_play(
            self.database, Path(self.folder.name), lambda handed: check_letter(self.play, handed)
        )
        self.play.mailer.handed += self.handed_before
        self.now = self.play.world.clock
        with self.database.reading() as session:
            self.organisations = list(
                session.scalars(select(OrganisationRow.id).order_by(OrganisationRow.id))
            )
            caseworker = session.scalars(select(PersonRow.caseworker_id)).first()
            if caseworker is not None:
                team = session.scalars(select(PersonRow.team_id)).first()
                self.play.world.caseworker = Caller(Role.caseworker, caseworker, "", team)
        self.comfort: dict[str, list[float]] = {}
        self.looked_at = -1

    @classmethod
    def prepare(cls, database: Database, folder: Path) -> None:
        """Two hosts with a posting each, two people, and everything matched: where every history begins."""
        cls.database, cls.seen, cls.handed_before = database, Counter(), ()
        cls.beginning = Beginning(database, folder)
        empty(database)
        cls.beginning.keep()
        first = cls()
        for number in range(2):
            first.organisations.append(first.play.world.an_organisation(f"Host {number}"))
            first.post(number, 1, living=number == 1, weeks=1 + number)
            first.register(standing=number == 1, living=True, gap=7 * number)
        first.play.settle()
        first.play.deaths.end()
        cls.handed_before = tuple(first.play.mailer.handed)
        cls.beginning.keep()

    # The organisation

    @rule(host=WHO, capacity=st.integers(1, 2), living=st.booleans(), weeks=st.integers(1, 3))
    def post(self, host: int, capacity: int, *, living: bool, weeks: int) -> None:
        if len(self._postings()) >= POSTINGS_MAX:
            return
        with self.play.act() as session, suppress(InvalidInput):
            form = a_posting(
                capacity=capacity, sessions=[tuesday(self.now(), weeks)], **(A_STAY if living else {})
            )
            posting.create(session, self.organisations[host % 2], form, self.now())

    @rule(
        which=WHO,
        what=st.sampled_from(["capacity", "host", "sessions", "title", "withdraw", "suspend or vet"]),
    )
    def host_acts(self, which: int, what: str) -> None:
        row = self._pick(self._postings(), which)
        with self.play.act() as session, suppress(Conflict, InvalidInput):
            if what == "suspend or vet":
                self._suspend_or_vet(session, self.organisations[which % 2])
            elif what == "withdraw":
                posting.withdraw(session, posting.locked(session, row.organisation_id, row.id), self.now())
            else:
                changed = changes(what, which, self.now()) | (
                    A_STAY if row.kind == Kind.communal_living else {}
                )
                held = posting.locked(session, row.organisation_id, row.id)
                posting.change(session, held, a_posting(**changed), self.now())

    # The person and their caseworker

    @rule(standing=st.booleans(), living=st.booleans(), gap=st.sampled_from([0, 7]))
    def register(self, *, standing: bool, living: bool, gap: int) -> None:
        if len(self.play.people()) >= PEOPLE_MAX:
            return
        consents = [MATCHING, *[STANDING_CONSENT] * standing, *[LIVING] * living]
        form = an_intake(
            consents=consents, approval="standing" if standing else "each", contact_hours=HOURS, availability=[],
            pace={"min_days_between": gap, "max_per_28_days": 3}, kinds=["volunteering", "communal_living"],
        )  # fmt: skip
        with self.play.act() as session:
            people.register(session, self.play.world.caseworker, form, self.now())

    @rule(which=WHO)
    def approve(self, which: int) -> None:
        match = self._pick(self._rows(PROPOSED), which)
        if match is None:
            person_id = self._pick(self.play.people(), which)
            with self.play.act() as session:
                requesting.request(
                    session, people.lock(session, person_id), self.play.world.caseworker, [], None, self.now()
                )
            return
        self.play.approved_by_hand.add(match.id)  # whatever comes of it, a caseworker said yes
        with self.play.act() as session, suppress(Conflict):
            held = session.get_one(MatchRow, match.id)
            inviting.approve(session, held, self.play.world.caseworker.id, self.now())

    @rule(
        which=WHO,
        deed=st.sampled_from([*answering.Deed, *["accept"] * 6]),
        pause=st.sampled_from([False] * 7 + [True]),
    )
    def answer(self, which: int, deed: str, *, pause: bool) -> None:
        row = self._invitation(which)
        if (
            row is None or self.play.deaths.planned
        ):  # reading the link writes, and would use up the death that is planned
            return
        token = self.play.world.token(row.id)
        with self.play.act() as session:
            answering.answer(session, token, deed, self.now(), pause=pause)

    @rule(which=WHO, outcome=st.sampled_from(Outcome))
    def visit(self, which: int, outcome: Outcome) -> None:
        """How it went is noted, or noted anew where it was noted before."""
        row = self._pick(self._rows(TO_BE_NOTED), which)
        if row is not None:
            note = visiting.record_visit if row.state == "accepted" else correcting.correct_visit
            with self.play.act() as session, suppress(Conflict):
                note(session, session.get_one(InvitationRow, row.id), outcome, self.now())

    @rule(who=WHO, other=WHO, what=st.sampled_from(LOOKED_AFTER))
    def look_after(self, who: int, other: int, what: str) -> None:
        person_id, second_id = (self._pick(self.play.people(), one) for one in (who, other))
        invitation_id = self.play.live(person_id)
        with self.play.act() as session, suppress(Conflict, InvalidInput):
            row = people.lock(session, person_id)
            if what == "talk":
                talks.note(session, row, self.play.world.caseworker, None, self.now())
            elif what == "withdraw" and invitation_id is not None:
                inviting.withdraw(session, session.get_one(InvitationRow, invitation_id), self.now())
            elif what.startswith("exclude"):
                host = self.organisations[other % 2] if what == "exclude host" else None
                guest = None if host else second_id
                exclusions.exclude(session, row, organisation_id=host, other_person_id=guest, now=self.now())
            elif what in set(Purpose):
                self._withdraw_or_give(session, row, Purpose(what))
            elif what != "withdraw":
                getattr(people, what)(session, row, self.now())

    # What lies outside

    @rule(seed=st.integers(0, 2**16), times=st.integers(1, 3), some=st.booleans())
    def messages(self, seed: int, times: int, *, some: bool) -> None:
        """What is due reaches workers, in any order, some of it or all, perhaps more than once, and late copies too."""
        order = random.Random(seed)
        due = self.play.due()
        done = [row.id for row in self._rows(JUST_DONE)]
        sent = (order.sample(due, min(len(due), 2)) if some else due) * times + order.sample(
            done, min(len(done), 2)
        )
        order.shuffle(sent)
        for event_id in sent:
            self.play.handle(event_id)

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        self.now.advance(minutes=minutes)

    @rule(remembers=st.booleans())
    def night(self, *, remembers: bool) -> None:
        """Everybody's menu is due; the memory of the worker has followed until now, or not."""
        self.play.night(remembers=remembers)

    @rule(
        mood=st.sampled_from(["later", "never", "takes and is silent", None, None, None]),
        commits=st.integers(1, 3),
        after=st.booleans(),
    )
    def misfortune_to_come(self, mood: Any, commits: int, *, after: bool) -> None:
        """The next letter meets a mood, or one of the next commits a death."""
        if mood is None:
            self.play.deaths.plan(commits, after=after)
        else:
            self.play.mailer.mood = mood

    @rule()
    def rest(self) -> None:
        """Everything has its turn."""
        self.play.settle()
        check_at_rest(self.play)

    @invariant()
    def promises(self) -> None:
        self.seen["acts"] += 1
        written, self.looked_at = self.play.deaths.commits != self.looked_at, self.play.deaths.commits
        check_always(self.play, written=written)
        if written:
            self.comfort = check_comfort(self.comfort, self.play)

    def teardown(self) -> None:
        try:
            self._replay_dead()
            self.play.settle()
            check_always(self.play)
            check_at_rest(self.play)
            self.now.advance(days=1)
            self.play.night(remembers=False)
            self.play.settle()
            check_menus(self.play)
            self._count()
        finally:
            self.play.deaths.end()
            self.folder.cleanup()

    def _count(self) -> None:
        """What this history came to: a machine that never gets anywhere proves nothing."""
        self.seen["deaths"] += self.play.deaths.count
        self.seen["letters"] += len(self.play.mailer.handed)
        with self.play.looking() as connection:
            self.seen.update(connection.scalars(STATES))

    def _replay_dead(self) -> None:
        """A worker may have died of the same event five times: an operator replays it."""
        self.play.deaths.forget()
        with self.database.writing() as session:
            for row in outbox.dead(session):
                outbox.replay(session, row.id, self.now())

    def _suspend_or_vet(self, session: Session, organisation_id: str) -> None:
        if session.get_one(OrganisationRow, organisation_id).state == "vetted":
            vetting.suspend(session, organisation_id, self.now())
        else:
            for admin_id in self.play.world.admins:
                vetting.vet(session, organisation_id, admin_id, self.now())

    def _withdraw_or_give(self, session: Session, row: PersonRow, purpose: Purpose) -> None:
        standing = [one for one in row.consents if one.purpose == purpose and one.withdrawn_at is None]
        if standing:
            people.withdraw_consent(session, row, standing[0].id, self.now())
        else:
            people.consent(session, row, Consent(purpose, "2026-11", self.now(), None), "test", self.now())

    def _postings(self) -> list[Any]:
        return self._rows(POSTINGS)

    def _invitation(self, which: int) -> Any:
        """A live one, or any where there is none."""
        rows = self._rows(NEWEST)
        return self._pick([row for row in rows if row.live] or rows, which)

    def _rows(self, query: Any) -> list[Any]:
        with self.play.looking() as connection:
            return list(connection.execute(query))

    @staticmethod
    def _pick(some: list[Any], which: int) -> Any:
        return some[which % len(some)] if some else None
