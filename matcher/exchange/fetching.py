"""Fetching a file from the web: not too large, not too slow, and led nowhere that nobody asked for."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from matcher.domain.errors import MatcherError

MAX_BYTES: Final = 20_000_000  # judgement, 2026-11: a hundred times the largest of eight towns' files
MAX_SECONDS: Final = 30.0  # judgement, 2026-11: for everything together
REDIRECTS_MAX: Final = 5  # judgement, 2026-11
CHUNK: Final = 65_536
MOVED: Final = frozenset({301, 302, 303, 307, 308})
PORTS: Final = {"http": 80, "https": 443}
AS_IT_IS: Final = "/%:@!$&'()*+,;=~?-._"  # what stands for itself, or has been quoted already (RFC 3986)


class CannotFetch(MatcherError):
    """The file at an address was not to be had; says why."""


def is_address(source: str) -> bool:
    """Whether this names something on the web rather than a file."""
    return "://" in source


def fetch(url: str, *, follow_private: bool = False, max_bytes: int = MAX_BYTES) -> bytes:
    """What an http or https address answers, at most `max_bytes` and within MAX_SECONDS. Raises CannotFetch.

    Whoever names a private host means it; a redirect to another one is followed only with `follow_private`, and the
    address that was checked is the one that is asked. A redirect never leads from https to http.
    """
    ends = time.monotonic() + MAX_SECONDS
    named = at = _checked(url)
    for _ in range(REDIRECTS_MAX + 1):
        may_be_private = follow_private or at.hostname == named.hostname
        wire = _connected(at, may_be_private=may_be_private, ends=ends)
        try:
            with _given_up(wire, ends):
                answer, content = _answer(wire, at, max_bytes, ends)
            _left(ends)  # what was cut off may look like an end
        except (OSError, http.client.HTTPException) as error:
            _left(ends)
            raise CannotFetch(
                f"{at.hostname} did not answer properly: {str(error) or type(error).__name__}."
            ) from None
        finally:
            wire.close()
        if content is not None:
            return content
        before, at = at, _checked(answer, at.geturl())
        if (before.scheme, at.scheme) == ("https", "http"):
            raise CannotFetch(
                f"{before.hostname} leads on to {at.hostname} without encryption; that is not followed."
            )
    raise CannotFetch(f"{named.hostname} leads on and on, more than {REDIRECTS_MAX} times.")


def _checked(url: str, base: str = "") -> SplitResult:
    try:
        at = urlsplit(urljoin(base, url))
        port_is_fine = at.port != 0
    except ValueError:
        raise CannotFetch("This is not an address.") from None
    if at.scheme not in PORTS:
        raise CannotFetch("Only addresses that begin with http:// or https:// are fetched.")
    if not at.hostname or not port_is_fine:
        raise CannotFetch("This address names no host.")
    if at.username is not None or at.password is not None:
        raise CannotFetch(
            "An address with a name or password in it is not fetched; download the file instead."
        )
    return _in_ascii(at)


def _in_ascii(at: SplitResult) -> SplitResult:
    """As it goes over the wire: a host in another script in IDNA, other letters in percent signs."""
    try:
        host = str(at.hostname).encode("idna").decode()
    except UnicodeError:
        raise CannotFetch(f"There is no host {at.hostname}.") from None
    host = f"[{host}]" if ":" in host else host
    return at._replace(
        netloc=host if at.port is None else f"{host}:{at.port}",
        path=quote(at.path, safe=AS_IT_IS),
        query=quote(at.query, safe=AS_IT_IS),
    )


def _connected(at: SplitResult, *, may_be_private: bool, ends: float) -> socket.socket:
    """A connection to an address of the host that has been looked at: what the name means a moment later does not count."""
    host, port = str(at.hostname), at.port or PORTS[at.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CannotFetch(f"There is no host {host}.") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not may_be_private and not all(map(_is_public, addresses)):
        raise CannotFetch(
            f"The file is said to be at {host}, which is a private address; that is not followed unless asked."
        )
    trouble: object = "no address"
    for address in addresses:
        try:
            wire = socket.create_connection((address, port), timeout=_left(ends))
            if at.scheme == "https":
                wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host)
        except OSError as error:
            trouble = getattr(error, "verify_message", None) or error.strerror or error
            continue
        return wire
    raise CannotFetch(f"{host} cannot be reached: {trouble}.")


def _is_public(address: str) -> bool:
    one = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(one, "ipv4_mapped", None)
    return (mapped or one).is_global and not one.is_multicast


def _answer(wire: socket.socket, at: SplitResult, max_bytes: int, ends: float) -> tuple[str, bytes | None]:
    """Where it leads, or what it says."""
    connection = http.client.HTTPConnection(str(at.hostname))
    connection.sock = wire
    path = (at.path or "/") + (f"?{at.query}" if at.query else "")
    headers = {"Host": at.netloc, "Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Matcher"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    location = answer.getheader("Location")
    if answer.status in MOVED and location:
        return _as_meant(location), None
    if answer.status != http.client.OK:
        raise CannotFetch(f"{at.hostname} answers {answer.status} {answer.reason}.")
    if answer.getheader("Content-Encoding", "identity").lower() != "identity":
        raise CannotFetch(f"{at.hostname} sends the file packed; download and unpack it.")
    content = bytearray()
    while chunk := answer.read1(CHUNK):
        content += chunk
        if len(content) > max_bytes:
            raise CannotFetch(f"The file is larger than {max_bytes / 1e6:g} MB.")
        wire.settimeout(_left(ends))
    if answer.length:  # fewer bytes came than were announced
        raise CannotFetch(f"{at.hostname} broke off in the middle of the file.")
    return "", bytes(content)


def _as_meant(location: str) -> str:
    """Servers that send other letters as they are send them in UTF-8; the header was read byte by byte."""
    with suppress(UnicodeError):
        return location.encode("latin-1").decode("utf-8")
    return location


@contextmanager
def _given_up(wire: socket.socket, ends: float) -> Iterator[None]:
    """Shut the connection when the time is over: a timeout of its own begins anew with each byte."""

    def shut() -> None:
        with suppress(OSError):
            wire.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_left(ends), shut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise CannotFetch(f"The file did not come within {MAX_SECONDS:.0f} s.")
    return left
