"""The one place that decides whether plain functions of numbers run as they are or compiled (extra `scale`).

A rule stays an ordinary function, so that the explained path, the debugger and a machine without numba run it. Compiling
makes a twin of it in which every function of ours that it calls is compiled too.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

OURS: Final = "matcher."
# Compiled code makes no arrays and so need not count references to any, which makes it three times as fast.
ALL: Final = {"nogil": True, "error_model": "numpy", "_nrt": False}
# What only compiled code calls needs no way in from Python, which halves the time to compile.
INNER: Final = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}


@functools.cache
def is_available() -> bool:
    """Whether numba is installed, and not switched off in its own words (`NUMBA_DISABLE_JIT=1`)."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") == "0" and find_spec("numba") is not None


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The function compiled on its first call for each kind of argument, or itself where numba is missing.

    It must need only numbers, tuples, arrays that it is given, and functions that do, called by their own names. It lets
    go of the interpreter's lock, so that threads run it side by side. Dividing by zero gives inf or nan.
    """
    return _twin(function, called_from_python=True) if is_available() else function


@functools.cache
def _twin(function: Callable[P, R], *, called_from_python: bool) -> Callable[P, R]:
    numba: Any = import_module("numba")  # it takes a second, and only the many need it
    assert isinstance(function, FunctionType)
    names = dict(function.__globals__)
    for name in _names(function.__code__):
        called = names.get(name)
        if isinstance(called, FunctionType) and called.__module__.startswith(OURS):
            names[name] = _twin(called, called_from_python=False)
    twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    twin.__module__ = function.__module__
    options = ALL | {"cache": _keeps()} | ({} if called_from_python else INNER)
    return cast("Callable[P, R]", numba.njit(**options)(twin))


@functools.cache
def _keeps() -> bool:
    """Whether what was compiled is kept for the next process, which saves it half a minute.

    numba looks only at the file of a function itself, so the folder is named by every file of rules. Where the home folder
    cannot be written to nothing is kept.
    """
    config: Any = import_module("numba").config
    if config.CACHE_DIR:
        return True
    rules = Path(__file__).parent
    named = hashlib.sha256()
    for file in sorted(rules.rglob("*.py")):
        named.update(file.read_bytes())
    folder = Path("~/.cache/matcher").expanduser() / named.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return False
    config.CACHE_DIR = str(folder)
    return True


def _names(code: CodeType) -> Iterator[str]:
    """Every global name that a function may look up, those inside its comprehensions too."""
    yield from code.co_names
    inner: Any
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
