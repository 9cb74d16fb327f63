"""Webhook load: a process of its own sends signed deliveries at an even pace and times each answer."""

import base64
import hashlib
import hmac
import socket
import threading
import time
from http import HTTPStatus
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from urllib.parse import urlsplit

import orjson

from bench.service_stage import APP_SECRET, HUBSPOT_HOOK, PUBLIC_URL

EVENTS = 100
"""In one request."""
_SENDERS = 16
"""Connections at once; HubSpot itself keeps to about ten."""
_PORTAL, _APP = 8_800_002, 4_100_001


def send_load(url: str, *, per_second: int, seconds: int, objects: int) -> tuple[list[float], int]:
    """Milliseconds from when each request was to leave to its answer, sorted; and how many were not taken."""
    here, there = get_context("spawn").Pipe()
    arguments = (url, per_second, seconds, objects, there)
    process = get_context("spawn").Process(target=_send, args=arguments, daemon=True)
    process.start()
    found: tuple[list[float], int] = here.recv()
    process.join()
    return found


def _send(url: str, per_second: int, seconds: int, objects: int, parent: Connection) -> None:
    bodies = [_body(first) for first in range(0, objects, EVENTS)]
    count = per_second * seconds
    # Signed beforehand, each with a time of its own, as no two deliveries have the same signature.
    base = int(time.time() * 1000) - count // 2
    host = urlsplit(url).netloc
    ready = [_head(host, bodies[n % len(bodies)], base + n) for n in range(count)]
    turns: SimpleQueue[int | None] = SimpleQueue()
    taken: list[float] = []
    refused: list[int] = []
    start = time.perf_counter() + 0.5

    def sender() -> None:
        name, _, port = host.partition(":")
        with socket.create_connection((name, int(port)), timeout=60) as connection:
            while (turn := turns.get()) is not None:
                connection.sendall(ready[turn] + bodies[turn % len(bodies)])
                status = _status(connection)
                passed = (time.perf_counter() - start - turn / per_second) * 1000
                (taken.append(passed) if status == HTTPStatus.OK else refused.append(status))

    threads = [threading.Thread(target=sender) for _ in range(_SENDERS)]
    for one in threads:
        one.start()
    for turn in range(count):
        time.sleep(max(0.0, start + turn / per_second - time.perf_counter()))
        turns.put(turn)
    for _ in threads:
        turns.put(None)
    for one in threads:
        one.join()
    parent.send((sorted(taken), len(refused)))


def _body(first: int) -> bytes:
    """Changes of so many companies, as HubSpot tells of them."""
    return orjson.dumps(
        [
            {
                "eventId": 100_000_000 + number,
                "subscriptionId": 3_923_621,
                "portalId": _PORTAL,
                "appId": _APP,
                "occurredAt": 1_795_683_600_000 + number,
                "subscriptionType": "company.propertyChange",
                "attemptNumber": 0,
                "objectId": number + 1,
                "propertyName": "numberofemployees",
                "propertyValue": str(number),
                "changeSource": "CRM_UI",
                "sourceId": "userId:76023669",
            }
            for number in range(first, first + EVENTS)
        ]
    )


def _head(host: str, body: bytes, timestamp: int) -> bytes:
    """What goes before a body, with its signature: made beforehand, or making it would take the server's time."""
    signed = f"POST{PUBLIC_URL}{HUBSPOT_HOOK}".encode() + body + str(timestamp).encode()
    digest = hmac.digest(APP_SECRET.encode(), signed, hashlib.sha256)
    lines = (
        f"POST {HUBSPOT_HOOK} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"X-HubSpot-Signature-V3: {base64.b64encode(digest).decode()}",
        f"X-HubSpot-Request-Timestamp: {timestamp}",
    )
    return "\r\n".join([*lines, "", ""]).encode()


def _status(connection: socket.socket) -> int:
    """The status of an answer, which has to be without a body."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(65_536)
        if not data:
            raise ConnectionError("The server has closed a connection.")
        head += data
    if b"\r\ncontent-length: 0\r\n" not in head.lower():
        raise ValueError(f"An answer has a body: {head!r}")
    return int(head.split(b" ", 2)[1])
