"""What this service may call, and how long and how much it listens."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from shared.web.outgoing import Unreachable, allowed, call, hosts_of
from tests.support.client_keys import publishing

HOSTS = hosts_of("ehr.example.org, Keys.example.org:8443,127.0.0.1:9999,localhost:80")


@pytest.fixture
def published():
    with publishing() as server:
        yield server


def get(server, url=None, hosts=None, *, seconds=2, max_bytes=1000):
    return call("GET", url or server.url, hosts=hosts or {server.host}, seconds=seconds, max_bytes=max_bytes)


@pytest.mark.parametrize(
    "url",
    [
        "https://ehr.example.org",
        "https://ehr.example.org/fhir?a=b%20c",
        "https://EHR.example.org:443/fhir",
        "https://keys.example.org:8443/jwks.json",
        "http://127.0.0.1:9999/",
        "http://localhost/x",
    ],
)
def test_a_listed_host_may_be_called(url):
    assert allowed(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ehr.example.org",
        "http://ehr.example.org/",
        "ftp://ehr.example.org/",
        "https://other.example.org/",
        "https://ehr.example.org.evil.example/",
        "https://sub.ehr.example.org/",
        "https://ehr.example.org:8443/",
        "https://keys.example.org/",
        "https://ehr.example.org@evil.example/",
        "https://evil.example/@ehr.example.org",
        "https://evil.example\\@ehr.example.org/",
        "https://ehr.example.org\\.evil.example/",
        "https://ehr.example.org/#@evil.example",
        "https://ehr.example.org#.evil.example",
        "https://ehr.example.org:80443/",
        "https://ehr.example.org /",
        "https://ehr.example.org\n.evil.example/",
        "https://ehr.example.org/\r\nX: y",
        "https://ehr。example.org/",
        "https://[::1]/",
        "http://127.0.0.1:9998/",
        "http://127.0.0.1/",
        "http://127.1:9999/",
        "http://169.254.169.254/latest/meta-data",
        "HTTPS://ehr.example.org/",
    ],
)
def test_nothing_else_is_called(url):
    assert not allowed(url, HOSTS)


def test_with_no_list_nothing_is_called():
    assert not allowed("https://ehr.example.org/", hosts_of(""))


def test_an_unlisted_host_hears_nothing(published):
    with pytest.raises(Unreachable, match="host-not-allowed"):
        get(published, hosts={"ehr.example.org"})

    assert published.asked == 0


def test_an_answer_comes_with_status_and_headers(published):
    published.publish(b"hello", Cache_Control="max-age=5")

    answer = get(published)

    assert (answer.status, answer.body, answer.headers["cache-control"]) == (200, b"hello", "max-age=5")


def test_a_redirect_is_not_followed(published):
    published.status = 302
    published.publish(b"", Location=published.url)

    assert get(published).status == 302
    assert published.asked == 1


def test_an_answer_beyond_the_bound_is_refused(published):
    published.publish(b"x" * 1001)

    with pytest.raises(Unreachable, match="too-large"):
        get(published)


def test_a_compressed_answer_is_refused_since_none_was_asked_for(published):
    published.publish(b"\x1f\x8b", Content_Encoding="gzip")

    with pytest.raises(Unreachable, match="encoded"):
        get(published)


def test_a_host_that_keeps_silent_is_given_up(published):
    published.pause = 1.0

    with pytest.raises(Unreachable, match="no-answer"):
        get(published, seconds=0.2)


def test_a_host_that_is_not_there_is_no_fault_of_ours(published):
    with pytest.raises(Unreachable, match="no-answer"):
        get(published, "http://127.0.0.1:1/", hosts={"127.0.0.1:1"})


@pytest.fixture
def dripping():
    """A host that writes one byte of its answer every tenth of a second; ``dripping(start)`` begins with that."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()
    starts = []

    def serve():
        connected, _ = listening.accept()
        with connected, suppress(OSError):
            connected.recv(4096)
            connected.sendall(starts[0])
            while not stopped.wait(0.1):
                connected.sendall(b"x")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()

    def start(head):
        starts.append(head)
        return f"127.0.0.1:{listening.getsockname()[1]}"

    yield start
    stopped.set()
    listening.close()
    thread.join(timeout=5)


@pytest.mark.timeout(20)  # it would drip for ever
@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"])
def test_a_host_that_drips_its_answer_is_given_up_in_time(dripping, head):
    host = dripping(head)

    with pytest.raises(Unreachable, match="no-answer"):
        call("GET", f"http://{host}/", hosts={host}, seconds=0.5, max_bytes=1000)


def test_an_answer_that_ends_too_early_is_none():
    listening = socket.create_server(("127.0.0.1", 0))
    host = f"127.0.0.1:{listening.getsockname()[1]}"

    def serve():
        connected, _ = listening.accept()
        with connected:
            connected.recv(4096)
            connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    threading.Thread(target=serve, daemon=True).start()

    with listening, pytest.raises(Unreachable, match="no-answer"):
        call("GET", f"http://{host}/", hosts={host}, seconds=2, max_bytes=1000)


def test_a_query_alone_is_asked_at_the_root(published):
    published.publish(b"root")

    assert get(published, f"http://{published.host}?a=b").status in (200, 404)
