"""The web part in a thread of the tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from shortlist.server import Server, bind

WAIT_SECONDS = 15.0


@contextmanager
def served(app: Flask) -> Iterator[Server]:
    """A server that answers; at the end it is stopped, and has to end in time."""
    server = bind(app, 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()
