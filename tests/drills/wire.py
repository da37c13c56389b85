"""The wire between Matcher and PostgreSQL, which can be cut at the worst moment: around a COMMIT."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Literal

from tests.local_server import LOOPBACK

Cut = Literal["before", "after"]
COMMIT = b"COMMIT"
CHUNK = 65536


class Wire:
    """Passes everything on; told to cut, it breaks one connection before a COMMIT goes out, or before its answer comes back."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listening = socket.create_server((LOOPBACK, 0), backlog=128)
        self.port = int(self._listening.getsockname()[1])
        self._orders: list[Cut] = []
        self._mutex = threading.Lock()
        self.cuts = 0
        threading.Thread(target=self._accept, name="wire", daemon=True).start()

    def cut(self, when: Cut) -> None:
        """Break the connection of the next COMMIT: `before` the server hears of it, or `after` it has carried it out."""
        with self._mutex:
            self._orders.append(when)

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((LOOPBACK, self._server_port), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._from_client, args=(client, server), daemon=True).start()
            threading.Thread(target=self._from_server, args=(server, client), daemon=True).start()

    def _from_client(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while sent := client.recv(CHUNK):
                order = self._order_for(sent)
                if order == "after":
                    _end(client)  # nobody will hear the answer, but the server does what it was told
                    server.sendall(sent)
                    with contextlib.suppress(OSError):
                        server.recv(CHUNK)
                if order is not None:
                    break
                server.sendall(sent)
        _end(client, server)

    def _from_server(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := server.recv(CHUNK):
                client.sendall(said)
        _end(client, server)

    def _order_for(self, sent: bytes) -> Cut | None:
        if COMMIT not in sent:
            return None
        with self._mutex:
            if not self._orders:
                return None
            self.cuts += 1
            return self._orders.pop(0)


def _end(*connections: socket.socket) -> None:
    for one in connections:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
