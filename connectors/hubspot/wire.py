"""One HTTP/1.1 call after the other over a connection of urllib3's, bytes in and bytes out.

urllib3 makes the connection, checks its certificate and tells whether it still stands. Its own way of asking, and that
of http.client below it, take five times (0.74 ms) what the call of a page of 100 contacts takes here (0.15): most of
it goes to objects for headers which are looked at once. RFC 9112 says how an answer is delimited.
"""

import gzip
import weakref
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import BadStatusLine, HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected
from io import BufferedReader
from typing import NamedTuple

from urllib3.connection import HTTPConnection

from connectors.transport import Response

_LONGEST_LINE, _MOST_HEADERS = 65_536, 200
_BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_WITH_BODY = frozenset({"PATCH", "POST", "PUT"})
Headers = Mapping[str, str]
Timeouts = tuple[float, float]
"""Seconds that connecting, and each wait for bytes, may take."""


@dataclass(slots=True, weakref_slot=True)
class Wire:
    """A connection that is opened when it is needed and kept; for one thread."""

    connection: HTTPConnection

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
            stays, answer = self._exchange(method, head + (body or b""), timeouts)
        except BaseException:
            self.connection.close()
            raise
        if not stays:
            self.connection.close()
        return answer

    def _exchange(self, method: str, call: bytes, timeouts: Timeouts) -> tuple[bool, Response]:
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
        with connection.sock.makefile("rb") as file:
            return _read(file, method)

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


class _Status(NamedTuple):
    code: int
    is_newest: bool
    """HTTP/1.1, where connections stay open unless the answer says otherwise."""


def _read(file: BufferedReader, method: str) -> tuple[bool, Response]:
    status, headers = _read_status(file), _read_headers(file)
    while status.code < HTTPStatus.OK:  # there is more to come
        status, headers = _read_status(file), _read_headers(file)
    said = headers.get("connection", "").lower()
    stays = "close" not in said if status.is_newest else "keep-alive" in said
    if method == "HEAD" or status.code in _BODILESS:
        body = b""
    elif "chunked" in headers.get("transfer-encoding", "").lower():
        body = b"".join(_chunks(file))
    elif "content-length" in headers:
        body = _exactly(file, _length(headers["content-length"], 10))
    else:
        stays, body = False, file.read()
    return stays, Response(status.code, headers, _unpacked(headers, body))


def _line(file: BufferedReader) -> bytes:
    line = file.readline(_LONGEST_LINE + 1)
    if len(line) > _LONGEST_LINE:
        raise LineTooLong("line of an answer")
    if not line:
        raise RemoteDisconnected("The connection was closed without an answer.")
    if not line.endswith(b"\n"):
        raise IncompleteRead(line)
    return line


def _read_status(file: BufferedReader) -> _Status:
    line = _line(file).decode("latin-1")
    version, _, rest = line.partition(" ")
    if not version.startswith("HTTP/1.") or not (rest[:3].isascii() and rest[:3].isdecimal()):
        raise BadStatusLine(line)
    return _Status(int(rest[:3]), version != "HTTP/1.0")


def _read_headers(file: BufferedReader) -> dict[str, str]:
    """By name in lower case; those that stand twice are joined by a comma."""
    found: dict[str, str] = {}
    name = ""
    for _ in range(_MOST_HEADERS):
        line = _line(file).decode("latin-1")
        if line in ("\r\n", "\n"):
            return found
        if line[0] in " \t":  # goes on with the one before
            found[name] = f"{found.get(name, '')} {line.strip()}"
            continue
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        found[name] = f"{found[name]}, {value}" if name in found else value
    raise HTTPException(f"An answer has more than {_MOST_HEADERS} headers.")


def _chunks(file: BufferedReader) -> Iterator[bytes]:
    while size := _length(_line(file).partition(b";")[0].decode("latin-1").strip(), 16):
        yield _exactly(file, size)
        _line(file)
    _read_headers(file)  # the trailers


def _length(text: str, base: int) -> int:
    try:
        length = int(text, base)
    except ValueError:
        length = -1
    if length < 0:
        raise HTTPException(f"An answer says that it is {text!r} long.")
    return length


def _exactly(file: BufferedReader, size: int) -> bytes:
    found = file.read(size)
    if len(found) < size:
        raise IncompleteRead(found, size - len(found))
    return found


def _unpacked(headers: Headers, body: bytes) -> bytes:
    if not body or headers.get("content-encoding", "").lower() not in ("gzip", "x-gzip"):
        return body
    try:
        return gzip.decompress(body)
    except (EOFError, OSError, zlib.error) as error:
        raise HTTPException(f"An answer cannot be unpacked: {error}") from error
