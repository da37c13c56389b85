"""The system's Chromium: a browser of the test library's own cannot be fetched everywhere."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def launch_options() -> dict[str, Any] | None:
    """How playwright starts it, or None where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None and not ON_MACOS.exists():
        return None
    # Chromium's own sandbox refuses root.
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": found or str(ON_MACOS), "args": as_root}
