"""What stands in an address of the desk: ids and nothing else (CARE 22)."""

from __future__ import annotations

from flask import request

from matcher.domain.errors import NotFound
from matcher.domain.values import is_id


def only_ids() -> None:
    """Before a view: what is no id belongs to nobody, and is not looked for. Raises NotFound."""
    for name, value in (request.view_args or {}).items():
        if name.endswith("_id") and not is_id(value):
            raise NotFound("This is no id.")
