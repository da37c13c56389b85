"""Merge patches (RFC 7396): a change written as the parts of a form that become different."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from marshmallow import Schema, fields

from matcher.domain.errors import InvalidInput

AnySchema = TypeVar("AnySchema", bound=Schema)

_WHERE: Final = frozenset({"address", "latitude", "longitude"})
_IDENTITY: Final = _WHERE | {"name"}


def merge_patch(current: object, patch: object) -> Any:
    """The document after the patch (RFC 7396 §2); neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(current) if isinstance(current, dict) else {}
    for name, change in patch.items():
        if change is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), change)
    return merged


def patch_of(form: AnySchema) -> AnySchema:
    """The form of a merge patch as it is described: any part may be sent, and any part of a part; lists are sent whole."""
    patch = type(form)(partial=True)
    for field in patch.fields.values():
        if isinstance(field, fields.Nested):
            nested: Any = field.nested
            field.nested = patch_of(nested() if isinstance(nested, type) else nested)
    return patch


def patched_opportunity(current: dict[str, Any], patch: object) -> dict[str, Any]:
    """An opportunity's form after a patch; `current` is what `OpportunityForm.show` gives.

    Two facts need more than a merge. A null place says *online*, which a plain merge could not say. And a place that
    is changed is another place: it loses its id, and a new address loses the coordinates of the old one rather
    than keep a guess. Raises InvalidInput when the patch is no object.
    """
    if not isinstance(patch, dict):
        raise InvalidInput.at("", "Must be an object.")
    if "place" not in patch:
        return dict(merge_patch(current, patch))
    place = patch["place"]
    merged = dict(merge_patch({**current, "place": _kept_of_place(current.get("place"), place)}, patch))
    if place is None:
        merged["place"] = None
    return merged


def _kept_of_place(current: object, change: object) -> dict[str, Any]:
    """What of the place still stands beside the change."""
    if not isinstance(current, dict) or not isinstance(change, dict) or "id" in change:
        return {}
    kept = dict(current)
    if _IDENTITY & change.keys():
        kept.pop("id", None)
    if _WHERE & change.keys():
        kept.pop("timezone", None)
    if "address" in change and change["address"] != current.get("address"):
        kept = {name: fact for name, fact in kept.items() if name not in ("latitude", "longitude")}
    return kept
