"""S12, S28: what the HTTP server itself holds requests to, before anything of ours reads them."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask, Response, request

from core.config import ServeSettings
from shortlist import bounded, on_loop
from shortlist.edge import harden
from shortlist.server import Server
from tests.web import served

WAIT = 10.0


@pytest.fixture
def server() -> Iterator[Server]:
    app = Flask("bounds", static_folder=None)

    @app.post("/echo")
    def echo() -> Response:
        return Response(f"{request.remote_addr} {len(request.get_data())}")

    harden(app, ServeSettings(proxy_hops=1), time.monotonic)
    with served(app) as made:
        yield made


def talk(server: Server, *parts: bytes) -> bytes:
    """Everything that comes back until the server closes the connection, or has answered once."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            return b""
        return whole(connection)


def whole(connection: socket.socket) -> bytes:
    told = b""
    while part := received(connection):
        told += part
        head, end, body = told.partition(b"\r\n\r\n")
        if end and len(body) >= length(head):
            break
    return told


def received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


def length(head: bytes) -> int:
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lengths[0].partition(b":")[2]) if lengths else 0


POST = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n"


def test_s12_a_head_may_have_64_kib_and_no_more(server: Server) -> None:
    fits = POST + b"X-Long: " + b"a" * 60_000 + b"\r\nContent-Length: 2\r\n\r\nab"
    assert talk(server, fits).endswith(b"127.0.0.1 2")
    assert talk(server, POST + b"X-Long: ", *([b"a" * 10_000] * 100)) == b""
    assert talk(server, POST, *([b"X-Many: 1\r\n" * 1_000] * 100)) == b""


def test_s12_a_long_body_counts_for_no_head(server: Server) -> None:
    body = b"a" * 300_000
    request = POST + b"Content-Length: 300000\r\n\r\n" + body
    with socket.create_connection(("127.0.0.1", server.port), timeout=WAIT) as connection:
        for _ in range(3):
            connection.sendall(request)
            assert whole(connection).endswith(b"127.0.0.1 300000")


@pytest.mark.parametrize("begun", [b"", b"POST /ec", POST])
def test_s12_who_does_not_end_a_head_is_not_waited_for(
    server: Server, begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "_HEAD_SECONDS", 0.2)
    assert talk(server, begun) == b""


def test_s12_who_does_not_end_a_body_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(on_loop, "_BODY_SECONDS", 0.2)
    assert talk(server, POST + b"Content-Length: 5\r\n\r\nab").startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 2097153\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"a" * 0x10000 + b"\r\n") * 33,
    ],
)
def test_s12_a_body_has_two_mib_at_most(server: Server, body: bytes) -> None:
    assert talk(server, POST + body).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"Content-Length: +5\r\n\r\nabcde",
        b"Transfer-Encoding: x, chunked, y\r\n\r\n0\r\n\r\n",
        b"X Y: 1\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_s12_a_request_that_two_servers_could_read_differently_is_refused(
    server: Server, head: bytes
) -> None:
    assert talk(server, POST + head).startswith(b"HTTP/1.1 400 ")


def test_s28_a_name_that_wsgi_takes_for_that_of_a_proxy_is_not_believed(server: Server) -> None:
    head = b"X-Forwarded-For: 7.7.7.7\r\nX_Forwarded_For: 6.6.6.6\r\nContent-Length: 0\r\n\r\n"
    assert talk(server, POST + head).endswith(b"7.7.7.7 0")


def test_what_has_begun_is_answered_before_the_server_ends_and_nothing_new_begins() -> None:
    app, begun, go_on = Flask("held", static_folder=None), threading.Event(), threading.Event()

    @app.get("/held")
    def held() -> Response:
        begun.set()
        go_on.wait(WAIT)
        return Response("in the end")

    with served(app) as server, socket.create_connection(("127.0.0.1", server.port), WAIT) as connection:
        connection.sendall(b"GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert begun.wait(WAIT)
        server.stop()
        while is_open(server.port):
            pass
        go_on.set()
        assert whole(connection).endswith(b"in the end")


def is_open(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
