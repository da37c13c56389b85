"""The examples in the docstrings of scoring are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import matcher.scoring


def test_the_examples_are_true() -> None:
    modules = [info.name for info in pkgutil.walk_packages(matcher.scoring.__path__, "matcher.scoring.")]
    results = [doctest.testmod(importlib.import_module(name)) for name in modules]
    assert sum(result.attempted for result in results) > 15
    assert not any(result.failed for result in results)
