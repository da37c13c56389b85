"""`matcher demo`: one story from listing to visit, with what each of the three people sees; all of it really happens."""

from __future__ import annotations

import logging
import re
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.panel import Panel
from sqlalchemy import select

from matcher.api.forms.opportunity import OpportunityForm
from matcher.api.forms.person import PersonForm
from matcher.bootstrap import build, prepare_database, set_up_logging
from matcher.cli.seeding import person_form, posting_form, read_seeds
from matcher.domain.values import Outcome
from matcher.mail.maildir import StoredMail, read_maildir
from matcher.scoring.sentences import in_hundred
from matcher.services.access import keys, staff
from matcher.services.access.keys import Caller, Role
from matcher.services.answers import answering, visiting
from matcher.services.asking import inviting
from matcher.services.finding import matching
from matcher.services.listings import posting, vetting
from matcher.services.people import people
from matcher.settings import load_settings
from matcher.storage import outbox
from matcher.storage.tables import AdminRow, InvitationRow, MatchRow
from matcher.workers.actors import Handler

ROUNDS: Final = 100  # far more than the story needs
AFTERNOON: Final = 5  # 14:00 in Tokyo, inside Haru's hours
WIDTH: Final = 92

SAYS: Final = {
    "en": {
        "intro": "Everything below happens now, in a database of its own that is gone afterwards. Only the clock is wound on.",
        "organisation": "The organisation",
        "caseworker": "The caseworker",
        "person": "Haru",
        "posted": "Izumi publishes “{title}”. Two admins have approved Izumi; workers score the listing for everybody.",
        "menu": "Mori opens Haru's menu. Chance that it will be all right: {likely} % ({low} to {high}).",
        "approved": "Mori approves. A seat is held; nothing is written before Haru's hours.",
        "letter": "A letter comes, neutral on the outside. Subject: {subject}",
        "answered": "Haru opens the page (looking changes nothing) and says yes. It can be taken back for 15 minutes.",
        "told": "Izumi hears of Haru now, and only this:",
        "visited": "Haru came, and it was all right. Mori records Haru's own word: all right.",
        "next": "The next match knows it: the score was {before:.2f} and is {after:.2f}, and one reason more speaks for it.",
        "end": "That was the whole job.",
    },
    "ja": {
        "intro": "ここからのことは、すべて今ほんとうに起こります。使うのはこの場かぎりのデータベースで、時計だけを進めます。",
        "organisation": "団体",
        "caseworker": "担当者",
        "person": "ハルさん",
        "posted": "いずみが「{title}」を載せました。二人の管理者がいずみを承認していて、全員との相性が計算されます。",
        "menu": "森さんがハルさんへの提案を開きます。大丈夫そうな見込みは{likely}％（{low}から{high}）。",
        "approved": "森さんが承認しました。席はとってあります。ハルさんの時間になるまで、何も送られません。",
        "letter": "メールが届きました。外からは中身がわかりません。件名：{subject}",
        "answered": "ハルさんはページを開き（見るだけでは何も変わりません）、「行ってみる」と答えました。15分は取り消せます。",
        "told": "いずみがハルさんを知るのは今、それもこれだけです。",
        "visited": "ハルさんは行ってみて、大丈夫でした。森さんが本人のことばで「大丈夫だった」と記録します。",
        "next": "次の提案に生かされます。スコアは{before:.2f}から{after:.2f}に変わり、理由がひとつ増えました。",
        "end": "これで全部です。",
    },
}


@dataclass
class StoryClock:
    """Starts this afternoon and is wound on by the story."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(hour=AFTERNOON, minute=0))

    def __call__(self) -> datetime:
        return self.now


class Story:
    """The story with its own small Matcher."""

    def __init__(self, folder: Path, language: str) -> None:
        self.clock, self.language, self.says = StoryClock(), language, SAYS[language]
        self.own = read_seeds("demo")[language]
        settings = load_settings({"MATCHER_DATA_DIR": str(folder), "MATCHER_LANGUAGE": language})
        self.runtime = build(settings, self.clock)
        set_up_logging(logging.ERROR)
        self.outside, self.mail_folder = self.runtime.outside, folder / "mail"
        self.outside.database.nudge = lambda _event_ids: None
        prepare_database(self.runtime)
        self.handler = Handler(self.outside)
        self.console = Console(width=WIDTH, highlight=False)

    def play(self) -> None:
        """From listing to visit."""
        self.console.print(self.says["intro"] + "\n", style="italic")
        mori = self._listing()
        person_id = self._intake(mori)
        match = self._menu(person_id)
        invitation_id = self._approval(mori, match.id)
        self._answer()
        self._visit(invitation_id, person_id, mori, match.score)
        self.console.print(self.says["end"], style="italic")
        self.runtime.close()

    def _listing(self) -> Caller:
        seeds = read_seeds("opportunities")
        entry = seeds["defaults"] | seeds["opportunity"][0] | self.own["listing"]
        places = {entry["place"]: seeds["places"][entry["place"]] | self.own["place"]}
        form = OpportunityForm().read(posting_form(entry, places, self.clock()))
        with self.outside.database.writing() as session:
            keys.create_first_admins(session, ("one", "other"), self.clock())
            organisation = vetting.register_organisation(
                session, name=self.own["organisation"], contact_email="izumi@example.org", safeguarding_contact="…",
                now=self.clock(),
            )  # fmt: skip
            for admin_id in session.scalars(select(AdminRow.id)):
                vetting.vet(session, organisation.id, admin_id, self.clock())
            team = staff.create_team(session, name="West", now=self.clock())
            mori = staff.create_caseworker(
                session,
                name=self.own["caseworker"],
                email="mori@example.org",
                team_id=team.id,
                now=self.clock(),
            )
            row = posting.create(session, organisation.id, form, self.clock())
        self._tell("organisation", self.says["posted"].format(title=row.title))
        return Caller(Role.caseworker, mori.id, "", team.id)

    def _intake(self, mori: Caller) -> str:
        seeds = read_seeds("people")
        form = PersonForm().read(person_form(seeds["person"][0], seeds, self.clock()) | self.own["person"])
        with self.outside.database.writing() as session:
            person_id = people.register(session, mori, form, self.clock()).id
        self._work()
        return person_id

    def _menu(self, person_id: str) -> MatchRow:
        with self.outside.database.reading() as session:
            match = matching.current_menu(session, person_id, self.clock())[0]
        chance = self.says["menu"].format(
            **{name: in_hundred(chance) for name, chance in match.explanation["chance"].items()}
        )
        why = "\n".join(f"· {sentence}" for sentence in match.explanation["why"][self.language])
        self._tell("caseworker", f"{chance}\n{why}")
        return match

    def _approval(self, mori: Caller, match_id: str) -> str:
        with self.outside.database.writing() as session:
            match = inviting.get_match(session, mori, match_id)
            invitation_id = inviting.approve(session, match, mori.id, self.clock()).id
        self._tell("caseworker", self.says["approved"])
        self._work()
        letter = self._letter("/i/")
        self._tell(
            "person",
            self.says["letter"].format(subject=letter.subject) + "\n\n" + (letter.text or "").strip(),
        )
        return invitation_id

    def _answer(self) -> None:
        link = re.search(r"/i/([\w=-]+)", self._letter("/i/").text or "")
        assert link is not None
        with self.outside.database.writing() as session:
            answering.answer(session, link[1], answering.Deed.accept, self.clock())
        self._tell("person", self.says["answered"])
        self._work()
        letter = next(mail for mail in read_maildir(self.mail_folder) if "izumi@" in mail.to)
        self._tell("organisation", f"{self.says['told']}\n\n{(letter.text or '').strip()}")

    def _visit(self, invitation_id: str, person_id: str, mori: Caller, before: float) -> None:
        with self.outside.database.reading() as session:
            ends_at = session.get_one(InvitationRow, invitation_id).occurrence.ends_at
        self.clock.now = (ends_at or self.clock()) + timedelta(hours=2)
        with self.outside.database.writing() as session:
            row = visiting.get_invitation(session, mori, invitation_id)
            visiting.record_visit(session, row, Outcome.ok, self.clock())
        self._tell("caseworker", self.says["visited"])
        self._work()
        with self.outside.database.reading() as session:
            match = matching.current_menu(session, person_id, self.clock())[0]
        after = self.says["next"].format(before=before, after=match.score)
        why = "\n".join(f"· {sentence}" for sentence in match.explanation["why"][self.language])
        self._tell("caseworker", f"{after}\n{why}")

    def _letter(self, holding: str) -> StoredMail:
        return next(mail for mail in read_maildir(self.mail_folder) if holding in (mail.text or ""))

    def _work(self) -> None:
        """Handle everything that is due, as workers would."""
        for _ in range(ROUNDS):
            with self.outside.database.reading() as session:
                due = outbox.due(session, self.clock(), ROUNDS)
            if not due:
                return
            for event_id in due:
                self.handler.handle(event_id)

    def _tell(self, who: str, what: str) -> None:
        self.console.print(Panel(what, title=self.says[who], title_align="left"))


def play(language: str) -> None:
    """Play the story in a folder of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        Story(Path(folder), language).play()
