"""HTTP as uvicorn reads it, with bounds on what comes before a body: the parser itself has none."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD_BYTES = 64 << 10
_HEAD_SECONDS = 15.0


class Bounded(HttpToolsProtocol):
    """A connection that is closed when a request's head is longer than 64 KiB, or not whole after 15 seconds."""

    _head_bytes = 0
    _head_ends: asyncio.TimerHandle | None = None
    """When the head that is being read must be whole; None while no head is."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """The first head begins with the connection, so that nobody holds one without a word."""
        super().connection_made(transport)
        self._begin_head()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._begin_head()

    def on_headers_complete(self) -> None:
        """A head ends."""
        self._end_head()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What arrived is all of a head where that head goes on after it."""
        super().data_received(data)
        if self._head_ends is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self.transport.close()

    def _begin_head(self) -> None:
        self._end_head()
        self._head_bytes = 0
        self._head_ends = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

    def _end_head(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None
