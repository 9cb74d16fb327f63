"""The bytes of HTTP/1.1, against a server that sends exactly what each test says."""

import gc
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from itertools import count

import pytest
from urllib3.connection import HTTPConnection

from connectors.hubspot.wire import Wire, _Answer
from connectors.transport import Response

TIMEOUTS = (5.0, 5.0)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Gives each connection its answers, one a call, and closes it behind the last."""

    def __init__(self, *connections: list[bytes]) -> None:
        self.calls: list[bytes] = []
        self.opened = 0
        self._connections = connections
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def run(self) -> None:
        for answers in self._connections:
            with suppress(OSError):
                accepted, _ = self.listener.accept()
                self.opened += 1
                with accepted, accepted.makefile("rb") as file:
                    for answer in answers:
                        self.calls.append(_call(file.readline))
                        accepted.sendall(answer)


def _call(readline: Callable[[], bytes]) -> bytes:
    return b"".join(iter(readline, b"\r\n"))


@contextmanager
def serving(*connections: list[bytes]) -> Iterator[tuple[Server, Wire]]:
    server = Server(*connections)
    thread = threading.Thread(target=server.run)
    thread.start()
    wire = Wire(HTTPConnection("127.0.0.1", server.port))
    try:
        yield server, wire
    finally:
        wire.connection.close()
        server.listener.close()
        thread.join(10)


def ask(wire: Wire, method: str = "GET", **headers: str) -> Response:
    return wire.call(method, "/x?a=1", headers, None, TIMEOUTS)


def answer_to(answer: bytes, method: str = "GET") -> Response:
    with serving([answer]) as (_, wire):
        return ask(wire, method)


def test_a_connection_is_used_for_one_call_after_the_other() -> None:
    with serving([OK, OK, OK]) as (server, wire):
        assert [ask(wire).body for _ in range(3)] == [b"ok"] * 3
    assert server.opened == 1
    host = f"Host: 127.0.0.1:{server.port}\r\n".encode()
    assert server.calls == [b"GET /x?a=1 HTTP/1.1\r\n" + host] * 3


def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    with serving([OK], [OK]) as (server, wire):
        ask(wire)
        assert wire.connection.sock.recv(1, socket.MSG_PEEK) == b""  # the server has closed it
        assert ask(wire).body == b"ok"
    assert server.opened == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
    ],
)
def test_an_answer_that_ends_its_connection_leaves_none_behind(answer: bytes) -> None:
    with serving([answer], [OK]) as (server, wire):
        assert ask(wire).body == b"ok"
        assert not wire.connection.is_connected
        assert ask(wire).body == b"ok"
    assert server.opened == 2


def test_chunks_are_put_together_and_their_trailers_left_out() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked = head + b"2;x=1\r\nok\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"
    with serving([chunked, OK]) as (server, wire):
        assert ask(wire).body == b"ok0123456789"
        assert ask(wire).body == b"ok"
    assert server.opened == 1


def test_packed_chunks_are_unpacked() -> None:
    packed = gzip.compress(b"Gr\xc3\xb6\xc3\x9fe")
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
    assert answer_to(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)).body == "Größe".encode()


def test_headers_are_read_in_lower_case_and_joined() -> None:
    head = b"HTTP/1.1 204 No Content\r\nX-One: 1\r\nx-one:2 \r\nX-Two: a b\r\nEmpty:\r\n\r\n"
    answer = answer_to(head)
    assert answer == Response(204, {"x-one": "1, 2", "x-two": "a b", "empty": ""}, b"")


def test_an_answer_to_come_is_not_the_answer() -> None:
    assert answer_to(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\nok",
        b"HTTP/1.1 twelve\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 9_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\r\n  goes on\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_answer_fails_and_the_next_call_begins_anew(answer: bytes) -> None:
    with serving([answer], [OK]) as (server, wire):
        with pytest.raises((HTTPException, OSError)):
            ask(wire)
        assert ask(wire).body == b"ok"
    assert server.opened == 2


def test_what_follows_an_answer_is_not_taken_for_the_next_one() -> None:
    with serving([OK + b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"], [OK]) as (_, wire):
        assert ask(wire).body == b"ok"
        if wire.connection.sock:  # the rest came later
            wire.connection.sock.recv(1, socket.MSG_PEEK)
        assert ask(wire).body == b"ok"


def test_a_call_cannot_be_given_further_lines() -> None:
    wire = Wire(HTTPConnection("127.0.0.1", 9))
    with pytest.raises(ValueError, match="end its line"):
        ask(wire, Authorization="Bearer x\r\nX: 1")
    with pytest.raises(ValueError, match="end its line"):
        wire.call("GET", "/x HTTP/1.1", {}, None, TIMEOUTS)


def test_a_server_that_says_nothing_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wire = Wire(HTTPConnection("127.0.0.1", silent.getsockname()[1]))
        with pytest.raises(TimeoutError):
            wire.call("GET", "/", {}, None, (5.0, 0.05))
        assert wire.connection.sock is None


def test_an_answer_is_let_go_of_at_once() -> None:
    """A thousand pages would otherwise wait for somebody who looks for circles, which is done seldom."""
    gc.collect()
    gc.disable()
    try:
        with serving([OK, b"SSH-2.0"]) as (_, wire):
            ask(wire)
            with suppress(HTTPException):
                ask(wire)
            assert not [one for one in gc.get_objects() if isinstance(one, _Answer)]
    finally:
        gc.enable()


def test_an_answer_that_trickles_is_given_up_after_some_time_in_all() -> None:
    """A byte now and then keeps every single wait short."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    with serving([head + b" " * 30_000_000], [OK]) as (server, wire):
        wire.monotonic = count(0.0, TIMEOUTS[1] / 2).__next__  # half a wait each time that it is looked at
        with pytest.raises(TimeoutError, match="still coming after 25 seconds"):
            ask(wire)
        assert ask(wire).body == b"ok"
    assert server.opened == 2


def test_an_answer_that_is_whole_at_last_is_not_given_up() -> None:
    with serving([OK]) as (_, wire):
        wire.monotonic = iter((0.0, 1e9)).__next__
        assert ask(wire).body == b"ok"
