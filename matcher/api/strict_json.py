"""JSON read strictly: what two readers could understand differently, or what could exhaust one, is refused."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from matcher.api.forms.base import PROBLEMS_MAX, pointer_part
from matcher.domain.errors import FieldProblem, InvalidInput

BODY_MAX_BYTES: Final = 1024 * 1024  # a posting with 500 sessions takes a tenth of it
DEPTH_MAX: Final = 64  # the deepest form has 5 levels
DIGITS_MAX: Final = 400  # no finite float needs more; Python itself refuses integers from 4,300 digits on
NAME_SHOWN_MAX: Final = 60  # characters of a name that are repeated in an answer


_TOO_DEEP: Final = f"The body is nested too deeply; at most {DEPTH_MAX} levels are read."


def read_json(body: bytes) -> Any:
    """The document in a UTF-8 body.

    Raises InvalidInput for bytes that are no UTF-8 or no JSON, nesting beyond DEPTH_MAX, a name given twice in one
    object, and NaN, infinities and numbers beyond a float, each at its pointer.
    """
    try:
        document = _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        _refuse(f"The body is not UTF-8: byte {error.start + 1} does not fit.")
    except json.JSONDecodeError as error:
        _refuse(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).")
    except RecursionError:  # the reader itself stops long before the stack does
        _refuse(_TOO_DEEP)
    if _deeper_than(document, DEPTH_MAX):
        _refuse(_TOO_DEEP)
    if found := list(itertools.islice(_problems(document, ""), PROBLEMS_MAX)):
        raise InvalidInput(found, found[0].detail)
    return document


@dataclass(frozen=True, slots=True)
class _Unfit:
    """Stands in the document for a value that cannot be read: only the whole document knows where it stood."""

    detail: str


def _problems(inside: object, at: str) -> Iterator[FieldProblem]:
    if isinstance(inside, _Unfit):
        yield FieldProblem(at, inside.detail)
    elif isinstance(inside, dict):
        for name, value in inside.items():
            yield from _problems(value, f"{at}/{pointer_part(name)}")
    elif isinstance(inside, list):
        for index, value in enumerate(inside):
            yield from _problems(value, f"{at}/{index}")


def _deeper_than(document: object, levels: int) -> bool:
    """Whether lists and objects lie more than `levels` deep in each other."""
    level = [document]
    for _ in range(levels):
        level = [inside for outer in level for inside in _contents(outer)]
    return any(isinstance(inside, dict | list) for inside in level)


def _contents(outer: object) -> Iterable[object]:
    if isinstance(outer, dict):
        return outer.values()
    return outer if isinstance(outer, list) else ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        for name, times in Counter(name for name, _ in pairs).items():
            if times > 1:
                members[name] = _Unfit(f"“{_shown(name)}” stands twice in one object; state each field once.")
    return members


def _float(digits: str) -> float | _Unfit:
    number = float(digits)
    if not math.isfinite(number):
        return _Unfit(f"{_shown(digits)} is beyond every number that can be kept; state a finite one.")
    return number


def _int(digits: str) -> int | _Unfit:
    if len(digits) > DIGITS_MAX:
        return _Unfit(f"A number has more than {DIGITS_MAX} digits; state a shorter one.")
    return int(digits)


def _constant(name: str) -> _Unfit:
    return _Unfit(f"{name} is no JSON number; state a finite one.")


def _shown(text: str) -> str:
    return text[:NAME_SHOWN_MAX].encode("utf-8", "replace").decode()


def _refuse(detail: str) -> NoReturn:
    raise InvalidInput([FieldProblem("", detail)], detail)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_constant
)
