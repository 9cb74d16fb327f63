"""One HTTP/1.1 call after the other over a connection of urllib3's, bytes in and bytes out.

urllib3 makes the connection, checks its certificate and tells whether it still stands; llhttp reads the answers. Its
own way of asking, and that of http.client below it, take many times (0.74 ms) what the call of a page of 100 contacts
takes here: most of it goes to objects for headers which are looked at once.
"""

import socket
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from httptools import HttpParserError, HttpResponseParser
from urllib3.connection import HTTPConnection

from connectors.packing import unpacked
from connectors.transport import Response

_AT_ONCE = 65_536
_LONGEST_HEAD = 32_768
_TOO_LONG = f"The head of an answer is longer than {_LONGEST_HEAD:,} bytes."
_MOST_WAITS = 5
"""An answer that goes on coming for as long as so many of the longest waits is given up: no page takes that long."""
_DELIMITING = frozenset({"content-length", "transfer-encoding"})
"""Headers that say where an answer ends; without one, the end of its connection does."""
_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})
Headers = Mapping[str, str]
Timeouts = tuple[float, float]
"""Seconds that connecting, and each wait for bytes, may take."""


@dataclass(slots=True, weakref_slot=True)
class Wire:
    """A connection that is opened when it is needed and kept; for one thread."""

    connection: HTTPConnection
    monotonic: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        weakref.finalize(self, self.connection.close)

    def call(
        self, method: str, target: str, headers: Headers, body: bytes | None, timeouts: Timeouts
    ) -> Response:
        """The answer to one call, whatever its status.

        Raises OSError, HTTPException or urllib3's HTTPError when the network or the answer fails; ValueError for a
        call that cannot be sent. The next call then begins with another connection.
        """
        head = _head(method, target, {"Host": self._host(), **headers}, body)
        try:
            stays, answer = self._exchange(head + (body or b""), timeouts)
        except BaseException:
            self.connection.close()
            raise
        if not stays:
            self.connection.close()
        return answer

    def _exchange(self, call: bytes, timeouts: Timeouts) -> tuple[bool, Response]:
        """Whether the connection may be used again, and the answer."""
        connection = self.connection
        if not connection.is_connected:
            connection.close()
            connection.timeout = timeouts[0]
            connection.connect()
        connection.sock.settimeout(timeouts[1])
        # Who refuses a body may answer before it has been sent.
        with suppress(BrokenPipeError):
            connection.sock.sendall(call)
        answer = _read(connection.sock, self.monotonic, timeouts[1] * _MOST_WAITS)
        body = unpacked(answer.headers, b"".join(answer.parts))
        return answer.stays, Response(answer.status or 0, answer.headers, body)

    def _host(self) -> str:
        host, port = self.connection.host, self.connection.port
        shown = f"[{host}]" if ":" in host else host
        return shown if port == self.connection.default_port else f"{shown}:{port}"


def _head(method: str, target: str, headers: Headers, body: bytes | None) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None or method in _WITH_BODY:
        lines.append(f"Content-Length: {len(body or b'')}")
    head = "\r\n".join(lines)
    if " " in target or head.count("\n") > len(lines) - 1 or head.count("\r") > len(lines) - 1:
        raise ValueError(f"A call of {method} holds characters that would end its line.")
    return f"{head}\r\n\r\n".encode("latin-1")


class _Answer:
    """What the parser tells of an answer, in the order of its bytes; `status` is there with the whole head."""

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.head = 0
        """Bytes of headers so far."""
        self.unread_head = 0
        """Bytes that came, all of them before the end of a head."""
        self.is_whole = self.stays = False

    def take(self, data: bytes) -> None:
        """Bytes as they come; raises HTTPException for what is no answer, or has too long a head."""
        try:
            self.parser.feed_data(data)
        except HttpParserError as error:
            raise HTTPException(f"An answer cannot be read: {error}") from error
        self.unread_head = self.unread_head + len(data) if self.status is None else 0
        if self.unread_head > _LONGEST_HEAD:
            raise HTTPException(_TOO_LONG)

    def on_message_begin(self) -> None:
        """What comes behind an answer is nobody's, and ends the connection."""
        self.stays = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Those that stand twice are joined by a comma; trailers are left out."""
        self.head += len(name) + len(value) + len(b": \r\n")
        if self.head > _LONGEST_HEAD:
            raise HTTPException(_TOO_LONG)
        if self.status is None:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.status is None:
            self.status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        if not self.is_whole:
            self.parts.append(body)

    def on_message_complete(self) -> None:
        if self.is_whole:
            return
        if (self.status or 0) < HTTPStatus.OK:  # there is more to come
            self.status, self.headers = None, {}
        else:
            self.is_whole, self.stays = True, self.parser.should_keep_alive()


def _read(sock: socket.socket, monotonic: Callable[[], float], for_seconds: float) -> _Answer:
    """The whole answer; raises TimeoutError where it trickles, which no wait for the next bytes would notice."""
    answer = _Answer()
    deadline = monotonic() + for_seconds
    try:
        while not answer.is_whole:
            if not (data := sock.recv(_AT_ONCE)):
                return _ended(answer)
            answer.take(data)
            if not answer.is_whole and monotonic() > deadline:
                raise TimeoutError(f"An answer was still coming after {for_seconds:,.0f} seconds.")
    finally:
        del answer.parser  # which knows the answer: a circle would keep both until somebody looks for circles
    return answer


def _ended(answer: _Answer) -> _Answer:
    """What an answer is whose connection was closed behind its last byte."""
    if answer.status is None:
        raise RemoteDisconnected("The connection was closed without an answer.")
    if not _DELIMITING.isdisjoint(answer.headers):
        raise IncompleteRead(b"".join(answer.parts))
    return answer
