"""Control routes for outbound messages, and the HTTP that carries them."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emulators.salesforce.outbound_xml import is_acknowledged

if TYPE_CHECKING:
    from emulators.common.control import Extension
    from emulators.salesforce.org import Org

_HOST_URL = "https://emulated.my.salesforce.com"
_TIMEOUT_SECONDS = 20.0
_HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "User-Agent": "SFDC-Callout/62.0"}


def post(endpoint: str, body: bytes) -> bool:
    """POST a message to an http endpoint of this machine and say whether it was acknowledged.

    A redirect is not followed: whatever is not a 200 with an Ack is a failure.
    """
    parts = urlsplit(endpoint)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", target, body, _HEADERS)
        answer = connection.getresponse()
        return is_acknowledged(answer.status, answer.read())
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Background:
    """Delivers what is due every so many real seconds, for demonstrations; off until it is asked for."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._stop: Event | None = None

    def every(self, seconds: float) -> None:
        """Deliver every `seconds`; 0 ends it."""
        if self._stop is not None:
            self._stop.set()
        self._stop = None
        if seconds > 0:
            self._stop = Event()
            Thread(target=self._run, args=(self._stop, seconds), daemon=True).start()

    def _run(self, stop: Event, seconds: float) -> None:
        while not stop.wait(seconds):
            self._org.outbound.deliver(self._org, _HOST_URL, post)


def outbound_extensions(org: Org) -> dict[str, Extension]:
    """The control routes by name.

    - `GET outbound`: subscriptions, waiting and failed notifications
    - `POST outbound` {"subscriptions": [{"object", "fields": [], "endpoint", "on": ["create", "update"]}]}
    - `POST outbound/deliver`: send what is due and say what became of it
    - `POST outbound/requeue`: put the failed list back into the queue
    - `POST outbound/background` {"seconds": 1}: deliver by itself; 0 ends it
    """
    background = Background(org)

    def show_or_subscribe(method: str, body: Any) -> Any:
        with org.lock:
            if method == "POST":
                org.outbound.subscribe(org, body["subscriptions"])
            return org.outbound.state(org)

    def deliver(method: str, _body: Any) -> Any:
        return org.outbound.deliver(org, _HOST_URL, post) if method == "POST" else None

    def requeue(method: str, _body: Any) -> Any:
        if method != "POST":
            return None
        with org.lock:
            return {"requeued": org.outbound.requeue(org)}

    def run_in_background(method: str, body: Any) -> Any:
        if method != "POST":
            return None
        background.every(float(body["seconds"]))
        return {"seconds": body["seconds"]}

    return {
        "outbound": show_or_subscribe,
        "outbound/deliver": deliver,
        "outbound/requeue": requeue,
        "outbound/background": run_in_background,
    }
