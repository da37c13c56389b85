"""The examples in docstrings are true, wherever they stand."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import matcher

HOUSE = Path(matcher.__file__).parent
WITH_EXAMPLES = sorted(file for file in HOUSE.rglob("*.py") if ">>> " in file.read_text())


@pytest.mark.parametrize("file", WITH_EXAMPLES, ids=lambda file: file.relative_to(HOUSE).as_posix())
def test_the_examples_are_true(file: Path) -> None:
    parts = file.relative_to(HOUSE.parent).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted > 0
    assert not found.failed
