"""The README's tour, run as it is printed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.journeys.processes import Process, free_port

README = Path(__file__).parents[2] / "README.md"
STEPS = ("organisation", "caseworker", "person", "end")
FIELD = 'field() { python3 -c "import json,sys; print(json.load(sys.stdin)$1)"; }\n'


def step(name: str) -> str:
    """The commands under one mark of the tour."""
    found = re.search(
        rf"<!-- tour: {name} -->\n```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None, f"The README has no tour of the {name}."
    return found[1]


def test_the_tour_of_the_readme_ends_with_the_visitor_on_the_organisations_list(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is missing. On Debian or Ubuntu: sudo apt install curl")
    port = free_port()
    with Process("up", ["up", "--port", str(port)], tmp_path, {}) as matcher:
        matcher.wait_for("Matcher is ready")
        keys = json.loads((tmp_path / "var" / "access.json").read_text())["keys"]
        taken = f"BASE=http://127.0.0.1:{port}\nORGANISATION={keys['organisation']}\nCASEWORKER={keys['caseworker']}\n"
        script = "set -eu\n" + taken + FIELD + "".join(map(step, STEPS))
        ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=90, check=False)
        assert ran.returncode == 0, ran.stderr + ran.stdout
    *_, visitors, state = ran.stdout.splitlines()
    assert '"why": [' in ran.stdout
    assert '"alias": "Haru"' in visitors
    assert state == "visited"
