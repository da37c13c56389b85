"""The list of guards is true: each stands where the list says, its test is there, and the document names it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from guards import GUARDS  # noqa: E402


def test_each_guard_stands_once_where_the_list_says() -> None:
    for guard in GUARDS:
        assert (ROOT / guard.file).read_text(encoding="utf-8").count(guard.old) == 1, guard.name


def test_each_guard_has_its_test_and_its_line_in_the_document() -> None:
    document = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    for guard in GUARDS:
        file, _, name = guard.test.partition("::")
        code = (ROOT / file).read_text(encoding="utf-8")
        assert not name or re.search(rf"def {name}\b", code), guard.test
        assert f"| {guard.name} |" in document, guard.name
