"""Real pages in a real browser: the application served on a free loopback port, one world for each test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waitress.server import create_server

from tests.local_server import LOOPBACK
from tests.pages.views import Scene, set_scene

Serve = Callable[..., tuple[str, Scene]]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Makes scenes (`view`, `language`) and serves each; gives the address of the server and the scene."""
    ends: list[Callable[[], object]] = []

    def start(view: str = "open", language: str = "en") -> tuple[str, Scene]:
        scene = set_scene(tmp_path / f"scene-{len(ends)}", view, language)
        server = create_server(scene.client.application, host=LOOPBACK, port=0, threads=2)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()

        def end() -> None:
            server.close()
            thread.join(timeout=5)
            scene.world.close()

        ends.append(end)
        return f"http://{LOOPBACK}:{server.effective_port}", scene

    yield start
    for end in ends:
        end()
