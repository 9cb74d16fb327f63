"""The control routes of webhooks.

    GET    /_emulator/webhooks               configuration, waiting, delivered, given up
    POST   /_emulator/webhooks               {"target_url", "signed_url"?, "subscriptions": [{"type", "property"?, …}]}
    DELETE /_emulator/webhooks               no subscriptions, nothing waiting
    POST   /_emulator/webhooks/deliver       send what is due; the answer says what came of each request
    POST   /_emulator/webhooks/background    {"every_seconds": 0.5} sends by itself until {"every_seconds": null}

`signed_url` is the address the subscriber believes it has, when a proxy stands before it.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from emulators.hubspot.webhooks.outbox import Outbox
from emulators.hubspot.webhooks.sender import deliver, require_loopback

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal

_JOIN_SECONDS = 15.0


class Background:
    """A thread that sends what is due, for demos; tests ask for each delivery."""

    def __init__(self) -> None:
        self._stopping = Event()
        self._thread: Thread | None = None

    def start(self, portal: Portal, every_seconds: float) -> None:
        """Send every so often from now on."""
        self.stop()
        self._stopping = Event()
        stopping = self._stopping

        def run() -> None:
            while not stopping.wait(every_seconds):
                with portal.lock:
                    portal.settle()
                deliver(portal)

        self._thread = Thread(target=run, name="hubspot-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, if there is one, and wait for it."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
            self._thread = None

    @property
    def is_running(self) -> bool:
        """Whether the thread is there."""
        return self._thread is not None


def webhooks(portal: Portal, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """The route `webhooks`."""
    with portal.lock:
        if method == "POST":
            require_loopback(str(body.get("target_url", "")))
            portal.outbox.configure(body, portal.settings.seed)
        if method == "DELETE":
            portal.outbox = Outbox()
        return portal.outbox.state()


def deliver_due(portal: Portal, _method: str, _body: dict[str, Any]) -> dict[str, Any]:
    """The route `webhooks/deliver`."""
    with portal.lock:
        portal.settle()
    return {"deliveries": deliver(portal)}


def background(thread: Background, portal: Portal, body: dict[str, Any]) -> dict[str, Any]:
    """The route `webhooks/background`."""
    every_seconds = body.get("every_seconds")
    if every_seconds is None:
        thread.stop()
    else:
        thread.start(portal, float(every_seconds))
    return {"running": thread.is_running}
