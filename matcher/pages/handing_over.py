"""What is kept about somebody as a file for themselves, whether they take it along or it is handed over to them (CARE 5, 23)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Response, current_app
from flask_babel import force_locale
from sqlalchemy.orm import Session

from matcher.domain.person import Person
from matcher.domain.values import Aspect
from matcher.mail.wording import written_language
from matcher.pages.pictures import nearest
from matcher.pages.showing import guard
from matcher.services.my_pace import exporting


def file_for_themselves(session: Session, person_id: str, person: Person, now: datetime) -> Response:
    """Everything kept, without what CARE keeps from them, and what is believed of their comfort in their own words."""
    return _json_file(exporting.export_for_themselves(session, person_id, _in_words(person), now))


def _json_file(document: dict[str, object]) -> Response:
    """A document to keep, under a name that says nothing (CARE 7)."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    response = Response(text, mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="record.json"'
    return guard(response)


def _in_words(person: Person) -> dict[str, list[str]]:
    """What is believed to be all right for them: the sentence for each aspect, never its number (CARE 5)."""
    with force_locale(written_language(person.language)):
        said: Any = current_app.jinja_env.get_template("pictures.html").make_module().rung_sentences  # type: ignore[attr-defined]
    return {"comfortable": [str(said[aspect][nearest(getattr(person.comfort, aspect))]) for aspect in Aspect]}
