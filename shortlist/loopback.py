"""A listener on this machine that takes one answer to one sign-in, and nothing else."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlsplit

from connectors.sign_in import VALID_SECONDS, Attempt
from core.errors import ConfigError

_LOOPBACK = "127.0.0.1"
_SLOWEST_SECONDS = 5.0
_PAGE = (
    b"<!doctype html><title>Shortlist</title><p>Done. Shortlist goes on in the terminal; close this page.</p>"
)
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'",
}


@dataclass
class _Box:
    """What has come, of one attempt."""

    attempt: Attempt
    answer: str | None = None


def wait_for_answer(attempt: Attempt, port: int, show: Callable[[], None]) -> str:
    """The address that the browser was sent to; `show` is called once somebody listens for it.

    Requests without the attempt's state get 404.
    Raises ConfigError where the port is taken or nobody came in time.
    """
    box = _Box(attempt)
    try:
        server = HTTPServer((_LOOPBACK, port), _handler(box))
    except OSError as error:
        raise ConfigError(
            f"Cannot listen on {_LOOPBACK}:{port} ({error.strerror}). Free the port, set redirect_url to "
            "another one (here and in the CRM's app), or use --paste."
        ) from error
    with server:
        show()
        end = time.monotonic() + VALID_SECONDS
        while box.answer is None and (left := end - time.monotonic()) > 0:
            server.timeout = left
            server.handle_request()
    if box.answer is None:
        raise ConfigError("Nobody signed in within ten minutes; run the command again.")
    return box.answer


def _handler(box: _Box) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SLOWEST_SECONDS  # a connection that says nothing does not hold up the answer

        def do_GET(self) -> None:
            parts = urlsplit(box.attempt.redirect_url)
            url = f"{parts.scheme}://{parts.netloc}{self.path}"
            is_answer = box.attempt.is_answered_by(url)
            if is_answer:
                box.answer = url
            self.send_response(HTTPStatus.OK if is_answer else HTTPStatus.NOT_FOUND)
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            if is_answer:
                self.wfile.write(_PAGE)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 the name is the base's
            """Nothing: the address holds the code."""

        def version_string(self) -> str:
            return "Shortlist"

    return Handler
