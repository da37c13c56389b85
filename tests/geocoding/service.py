"""A map service on the loopback address that answers as it is told and remembers what it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Request:
    path: str
    query: dict[str, list[str]]
    headers: Message
    at: float


@dataclass
class MapService:
    url: str
    status: int = 200
    body: object = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    answer_after: threading.Event = field(default_factory=threading.Event)

    def body_bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()


@contextmanager
def map_service() -> Iterator[MapService]:
    """Serve on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            service.requests.append(
                Request(asked.path, parse_qs(asked.query), self.headers, time.monotonic())
            )
            service.answer_after.wait(timeout=10)
            body = service.body_bytes()
            self.send_response(service.status)
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return  # the asker had given up

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service = MapService(f"http://127.0.0.1:{server.server_address[1]}")
    service.answer_after.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.answer_after.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def nominatim_place(**changes: Any) -> dict[str, Any]:
    """One place as the Nominatim manual shows it ("Place Output", JSON)."""
    return {
        "place_id": 100149,
        "licence": "Data © OpenStreetMap contributors, ODbL 1.0. https://osm.org/copyright",
        "osm_type": "node",
        "osm_id": 107775,
        "boundingbox": ["35.6470", "35.6480", "139.5630", "139.5650"],
        "lat": "35.6477",
        "lon": "139.5641",
        "display_name": "国領町八丁目, 調布市, 東京都, 182-0022, 日本",
        "class": "place",
        "type": "quarter",
        "place_rank": 20,
        "importance": 0.3,
        "addresstype": "quarter",
        "name": "国領町八丁目",
        **changes,
    }


def photon_answer(**properties: Any) -> dict[str, Any]:
    """One feature as Photon answers: GeoJSON, longitude first."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [139.5641, 35.6477]},
                "properties": {
                    "osm_type": "N",
                    "osm_id": 107775,
                    "osm_key": "place",
                    "osm_value": "quarter",
                    "type": "district",
                    "name": "国領町八丁目",
                    "city": "調布市",
                    "country": "日本",
                    **properties,
                },
            }
        ],
    }
