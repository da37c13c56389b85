"""`matcher demo` really happens, in both languages, and leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_commands import run


@pytest.mark.parametrize(
    ("language", "heard"),
    [
        ("en", ("Quiet weeding", "A visitor is coming to you: Haru", "whole job")),
        ("ja", ("静かな草むしり", "ゲスト", "これで全部")),
    ],
)
def test_the_demo_tells_the_story_to_its_end(tmp_path: Path, language: str, heard: tuple[str, ...]) -> None:
    told = run(tmp_path, "demo", "--language", language)
    assert told.returncode == 0, told.stderr
    assert all(words in told.stdout for words in heard)
    assert list(tmp_path.iterdir()) == []
