"""What stands in an address of a page: ids and nothing else (CARE 22)."""

from __future__ import annotations

from flask import Flask, request

from matcher.domain.errors import NotFound
from matcher.domain.values import is_id


def only_ids(app: Flask) -> None:
    """Let no page that an application has by now look for what is no id: it belongs to nobody."""
    for name in app.blueprints:
        app.before_request_funcs.setdefault(name, []).insert(0, _refuse_others)


def _refuse_others() -> None:
    """Before a view. Raises NotFound."""
    for name, value in (request.view_args or {}).items():
        if name.endswith("_id") and not is_id(value):
            raise NotFound("This is no id.")
