"""Fetching from the web, against a real server: what is refused, and in which words."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from matcher.exchange import fetching
from matcher.exchange.fetching import CannotFetch, fetch, is_address
from tests.local_server import LOOPBACK
from tests.mail.certificates import make_certificate

Answer = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """Answers each path as a test says."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.answers[self.path](self)

            def log_message(self, *_said: object) -> None:
                pass

        self._server = ThreadingHTTPServer((LOOPBACK, 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, certificate.parent / "key.pem")
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://{LOOPBACK}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.close()


def say(content: bytes, **headers: str) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        for name, value in {"Content_Length": str(len(content)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def lead(to: str, status: int = 302) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", to)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def refusal(url: str) -> str:
    with pytest.raises(CannotFetch) as refused:
        fetch(url, max_bytes=1000)
    return str(refused.value)


def test_a_file_is_fetched_with_its_question_and_through_a_redirect_on_the_same_host(site: Site) -> None:
    site.answers = {"/list?day=1": say(b"rows"), "/old": lead("/list?day=1", 301)}
    assert fetch(f"{site.url}/list?day=1") == b"rows"
    assert fetch(f"{site.url}/old") == b"rows"
    assert site.asked == ["/list?day=1", "/old", "/list?day=1"]


def test_an_address_in_another_script_is_asked_for_as_the_wire_has_it(site: Site) -> None:
    wanted = "/%E3%82%A4.csv?%E5%B9%B4=%37"
    site.answers = {wanted: say(b"rows"), "/old": lead("/\u30a4.csv?\u5e74=%37".encode().decode("latin-1"))}
    assert fetch(f"{site.url}/\u30a4.csv?\u5e74=%37") == b"rows"
    assert fetch(f"{site.url}/old") == b"rows"
    assert site.asked == [wanted, "/old", wanted]


def test_a_redirect_to_what_is_no_address_is_named(site: Site) -> None:
    site.answers = {"/": lead("http://[x/")}
    assert refusal(f"{site.url}/") == "This is not an address."


def test_a_redirect_to_another_private_host_is_followed_only_when_asked(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = site.url.replace(LOOPBACK, "localhost")
    site.answers = {"/": lead(f"{other}/inner"), "/inner": say(b"inner")}
    assert "private address" in refusal(f"{site.url}/")
    assert site.asked == ["/"]
    assert fetch(f"{site.url}/", follow_private=True) == b"inner"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
     "::1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1"],
)  # fmt: skip
def test_what_is_private_is_known_by_its_address(address: str) -> None:
    assert not fetching._is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_what_is_public_is_known_by_its_address(address: str) -> None:
    assert fetching._is_public(address)


def test_it_does_not_go_round_in_circles(site: Site) -> None:
    site.answers = {"/": lead("/")}
    assert "more than 5 times" in refusal(f"{site.url}/")
    assert len(site.asked) == 6


def test_what_is_too_large_is_not_read_to_its_end(site: Site) -> None:
    site.answers = {"/announced": say(b"x" * 1001), "/endless": endless}
    assert "larger than 0.001 MB" in refusal(f"{site.url}/announced")
    assert "larger than 0.001 MB" in refusal(f"{site.url}/endless")


def endless(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"x" * 65536)
    except OSError:
        pass  # the reader has gone


def test_what_comes_too_slowly_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.3)
    goes_on = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        try:
            while not goes_on.wait(0.05):
                request.wfile.write(b"x")
        except OSError:
            pass

    site.answers = {"/": drip}
    said = refusal(f"{site.url}/")
    goes_on.set()
    assert "did not come within" in said or "timed out" in said


def test_headers_that_come_too_slowly_are_given_up_as_well(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_SECONDS", 0.3)
    goes_on = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.flush_headers()
        try:
            for number in range(200):
                if goes_on.wait(0.05):
                    break
                request.wfile.write(f"X-Slow-{number}: x\r\n".encode())
        except OSError:
            pass

    site.answers = {"/": drip}
    begun = time.monotonic()
    said = refusal(f"{site.url}/")
    took = time.monotonic() - begun
    goes_on.set()
    assert "did not come within" in said
    assert took < 2


def test_half_a_file_is_no_file(site: Site) -> None:
    site.answers = {"/": say(b"half", Content_Length="900")}
    assert "broke off" in refusal(f"{site.url}/") or "did not answer properly" in refusal(f"{site.url}/")


def test_other_answers_are_named(site: Site) -> None:
    site.answers = {
        "/gone": lambda request: request.send_error(404, "Not Found"),
        "/packed": say(b"x", Content_Encoding="gzip"),
    }
    assert refusal(f"{site.url}/gone").endswith("answers 404 Not Found.")
    assert "packed" in refusal(f"{site.url}/packed")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/list", "http://"), ("file:///etc/passwd", "http://"), ("https://", "no host"),
        ("https://me:secret@example.org/", "password"), ("http://[::1", "not an address"),
        ("http://localhost:99999/", "not an address"), ("http://nowhere.invalid/", "no host nowhere.invalid"),
    ],
)  # fmt: skip
def test_what_is_no_address_to_fetch_is_named(url: str, said: str) -> None:
    assert is_address(url)
    assert said in refusal(url)
    assert "secret" not in refusal(url)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    site = Site(make_certificate(tmp_path))
    site.answers = {"/": say(b"x")}
    assert "self-signed" in refusal(f"{site.url}/")
    assert site.asked == []
    site.close()


def test_it_never_goes_on_without_encryption(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    guarded = Site(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    guarded.answers = {"/": lead(f"{site.url}/"), "/fine": say(b"fine")}
    site.answers = {"/": say(b"open")}
    assert fetch(f"{guarded.url}/fine") == b"fine"
    assert "without encryption" in refusal(f"{guarded.url}/")
    assert site.asked == []
    guarded.close()
