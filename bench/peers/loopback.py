"""Lets a peer whose hosts stand in its source reach an emulator: nothing of the peer itself is changed.

Standard library and requests only; requests is what such peers send with.
"""

import socket
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

_LOOPBACK = "127.0.0.1"


def map_hosts(url: str, *hosts: str) -> None:
    """From now on every requests session sends what is meant for https://HOST to the emulator at `url`.

    Where an HTTP adapter is about to send, the beginning of the address is exchanged; all else is as the peer
    made it. A connection to any other machine than this one raises ConnectionRefusedError from now on.
    """
    send, connect = HTTPAdapter.send, socket.socket.connect
    beginnings = [f"https://{host}/" for host in hosts]

    def send_mapped(self: HTTPAdapter, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        asked = str(request.url)
        for beginning in beginnings:
            if asked.startswith(beginning):
                request.url = f"{url}/{asked[len(beginning) :]}"
        return send(self, request, *args, **options)

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] != _LOOPBACK:
            raise ConnectionRefusedError(f"a peer may not reach {address[0]}")
        connect(self, address)

    HTTPAdapter.send = send_mapped  # type: ignore[method-assign]
    socket.socket.connect = connect_here  # type: ignore[assignment,method-assign]
