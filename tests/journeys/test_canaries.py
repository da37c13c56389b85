"""Words that only one person has, put into every field there is: none may show where operators look (CARE 22)."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from cryptography.fernet import Fernet
from sqlalchemy import select, text

from matcher.storage.encryption import Keyring
from matcher.storage.engine import Database
from matcher.storage.tables import EventRow
from tests.journeys.client import Caller, submit, until
from tests.journeys.processes import Process, free_port
from tests.journeys.story import Story, a_caseworker_joins, a_quiet_hour, an_organisation_joins, someone_new
from tests.servers import ValkeyServer
from tests.smtp import SmtpServer

ADDRESS, NOTES = "canary-inbox@example.org", "canarynotes"
SUPPORTER = {
    "relation": "mother", "contact": {"channel": "email", "address": "canary-mother@example.org"}, "receives_copy": True,
}  # fmt: skip
CANARIES = re.compile(r"canary", re.IGNORECASE)
NO_MORE_PEOPLE = """
create function no_more() returns trigger language plpgsql as $$
    begin raise exception 'no more' using errcode = 'integrity_constraint_violation'; end $$;
create trigger no_more before insert on person for each row execute function no_more();
"""


def test_care_22_nothing_personal_where_operators_look_and_one_id_from_request_to_letter(
    tmp_path: Path, postgres_url: str, valkey_server: ValkeyServer, smtp_server: SmtpServer
) -> None:
    port = free_port()
    valkey_server.flush()
    secret = Fernet.generate_key().decode()
    environment = {
        "MATCHER_BOOTSTRAP_ADMIN_KEYS": "first-admin,other-admin", "MATCHER_DATABASE_URL": postgres_url,
        "MATCHER_REDIS_URL": valkey_server.url, "MATCHER_MAIL_URL": smtp_server.url, "MATCHER_SECRET_KEYS": secret,
        "MATCHER_BASE_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
    story = Story(f"http://127.0.0.1:{port}", list)
    with Process("api", ["api", "--port", str(port), "--workers", "1"], tmp_path, environment) as api:
        api.wait_for_http(f"{story.base_url}/livez")
        organisation, caseworker, person_id = _everybody(story)
        broker = _kept_by(valkey_server)  # while nobody takes anything from it
        with Process("worker", ["worker"], tmp_path, environment) as worker:
            link = _from_approval_to_answer(story, caseworker, person_id, smtp_server)
            until(
                lambda: organisation.get(f"/v1/opportunities/{_only(organisation)}/visitors")["items"],
                "the visitor",
            )
            until(lambda: len(smtp_server.messages) >= 4, "letters to the person, the host and the mother")
            with _database(postgres_url, secret) as database:
                _fail_while_storing(database, story, caseworker)
                events = _outbox(database)
            with urllib.request.urlopen(f"{story.base_url}/metrics") as answer:
                metrics = answer.read().decode()
            log = api.said() + worker.said()
    assert '"event": "request.failed"' in log, "the failure was to be seen"
    assert "Traceback" not in log
    for where, said in (("log", log), ("broker", broker), ("outbox", events), ("metrics", metrics)):
        assert said
        assert not CANARIES.search(said), (
            f"{where}: …{said[max(0, CANARIES.search(said).start() - 200) :][:400]}"
        )
        assert link.rpartition("/")[2] not in said, f"the {where} holds a link that answers"
    _check_one_id(log)


def _check_one_id(log: str) -> None:
    """The request that approved, its event and the letter share one id; so do the answer and what it caused."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    for route, what in (
        ("/v1/matches/<match_id>/approve", "invitation.approved"),
        ("/i/<token>", "letter.due"),
    ):
        origin = next(one["origin"] for one in lines if one.get("route") == route and one["method"] == "POST")
        mine = [one for one in lines if one.get("origin") == origin]
        assert any(one.get("type") == what for one in mine), mine
        assert any(one["event"] == "letter.sent" for one in mine), mine


def _everybody(story: Story) -> tuple[Caller, Caller, str]:
    organisation, organisation_id = an_organisation_joins(story)
    for admin in (story.admin, story.other_admin):
        admin.post(f"/v1/organisations/{organisation_id}/vet")
    caseworker = a_caseworker_joins(story)
    person_id = caseworker.post("/v1/people", _somebody())["id"]
    caseworker.post(f"/v1/people/{person_id}/talks", {"notes": NOTES})
    caseworker.post(f"/v1/people/{person_id}/match-requests", {"note": NOTES})
    organisation.post("/v1/opportunities", a_quiet_hour())
    return organisation, caseworker, person_id


def _somebody() -> dict[str, object]:
    contact = {"channel": "email", "address": ADDRESS}
    consents = [
        {"purpose": purpose, "text_version": "2026-11", "given_at": "2026-11-01T00:00:00Z"}
        for purpose in ("matching", "supporter_copy")
    ]
    told = {"alias": "Canaryalias", "contact": contact, "supporters": [SUPPORTER], "consents": consents}
    return {**someone_new(), **told}


def _from_approval_to_answer(story: Story, caseworker: Caller, person_id: str, mail: SmtpServer) -> str:
    """The link that was answered."""
    match = until(lambda: caseworker.get(f"/v1/people/{person_id}/matches")["items"], "a proposal")[0]
    caseworker.post(f"/v1/matches/{match['id']}/approve")
    letter = until(
        lambda: next((one for one in mail.messages if ADDRESS in str(one["To"])), None), "the invitation"
    )
    body = letter.get_body(("plain",))
    assert body is not None
    link = re.search(rf"{re.escape(story.base_url)}/i/[\w=-]+", str(body.get_content()))
    assert link is not None
    submit(link[0], answer="accept")
    return link[0]


def _only(organisation: Caller) -> str:
    return str(organisation.get("/v1/opportunities")["items"][0]["id"])


def _kept_by(valkey: ValkeyServer) -> str:
    """Everything the broker holds."""
    with redis.Redis.from_url(valkey.url) as client:
        return "".join(f"{key!r} {client.dump(key)!r}" for key in client.scan_iter())


@contextmanager
def _database(url: str, secret: str) -> Iterator[Database]:
    database = Database(url, Keyring((secret,)))
    yield database
    database.close()


def _outbox(database: Database) -> str:
    with database.reading() as session:
        return "".join(
            f"{row.payload} {row.error} {row.aggregate}" for row in session.scalars(select(EventRow))
        )


def _fail_while_storing(database: Database, story: Story, caseworker: Caller) -> None:
    """The database refuses a row with everything in it, so that the worst traceback there is gets logged."""
    with database.writing() as session:
        session.execute(text(NO_MORE_PEOPLE))
    request = urllib.request.Request(
        f"{story.base_url}/v1/people", json.dumps(_somebody()).encode(),
        {"Authorization": f"Bearer {caseworker.key}", "Content-Type": "application/json"},
    )  # fmt: skip
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    assert refused.value.code == 500
    assert not CANARIES.search(refused.value.read().decode())
