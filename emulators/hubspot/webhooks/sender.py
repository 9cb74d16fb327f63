"""Sending what is due: one POST per request, to this machine only, several at a time as HubSpot does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from emulators.hubspot.webhooks.signatures import sign_v1, sign_v2, sign_v3

if TYPE_CHECKING:
    from emulators.hubspot.portal import Portal
    from emulators.hubspot.settings import Settings
    from emulators.hubspot.webhooks.outbox import Pending

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_TIMEOUT_HEADER_MS = "10000"  # recorded; the documentation says five seconds
# Recorded 2026-01.
_USER_AGENT = (
    "HubSpot Connect 2.0 (http://dev.hubspot.com/) (namespace: webhooks-nio-http-client) - "
    "WebhooksExecutorDaemon-executor"
)


@dataclass(frozen=True)
class Post:
    """One signed request."""

    url: str
    headers: dict[str, str]
    body: bytes
    timeout_seconds: float


def require_loopback(url: str) -> None:
    """Raise ValueError unless an address is http on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise ValueError(f"webhooks go to http on this machine only, not to {url!r}")


def deliver(portal: Portal) -> list[dict[str, Any]]:
    """Send what is due now; one row per request: entries, highest attempt, status (0: no answer).

    The portal is not locked while the subscriber works, which may call the API meanwhile.
    """
    with portal.lock:
        settings, outbox = portal.settings, portal.outbox
        batches = outbox.due(portal.now_ms(), settings)
        posts = [_post(portal, batch) for batch in batches]
    with ThreadPoolExecutor(max(1, settings.webhook_concurrency)) as pool:
        statuses = list(pool.map(send, posts))
    with portal.lock:
        for batch, status in zip(batches, statuses, strict=True):
            outbox.settle(batch, portal.now_ms(), accepted=is_accepted(status))
    return [
        {"events": len(batch), "attempt": max(one.attempt for one in batch), "status": status}
        for batch, status in zip(batches, statuses, strict=True)
    ]


def is_accepted(status: int) -> bool:
    """Whether HubSpot takes an answer as received: documented is that 4xx and 5xx are tried again."""
    return HTTPStatus.OK <= status < HTTPStatus.BAD_REQUEST


def send(post: Post) -> int:
    """The status of the answer; 0 when there is none in time. Redirects are not followed."""
    parts = urlsplit(post.url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=post.timeout_seconds)
    target = parts.path or "/"
    try:
        connection.request(
            "POST", f"{target}?{parts.query}" if parts.query else target, post.body, post.headers
        )
        response = connection.getresponse()
        response.read()
    except (OSError, HTTPException):
        return 0
    else:
        return response.status
    finally:
        connection.close()


def _post(portal: Portal, batch: list[Pending]) -> Post:
    settings, outbox = portal.settings, portal.outbox
    body = orjson.dumps([one.entry() for one in batch])
    headers = signed_headers(settings, outbox.signed_url, body, str(portal.now_ms()))
    return Post(outbox.target_url, headers, body, settings.webhook_timeout_seconds)


def signed_headers(settings: Settings, url: str, body: bytes, timestamp: str) -> dict[str, str]:
    """The headers of a recorded delivery; `webhook_signature_version` may ask for v2 beside v3."""
    secret = settings.client_secret
    is_v2 = settings.webhook_signature_version == "v2"
    return {
        "accept": "*/*",
        "content-type": "application/json",
        "user-agent": _USER_AGENT,
        "x-hubspot-request-timestamp": timestamp,
        "x-hubspot-signature": sign_v2(secret, "POST", url, body) if is_v2 else sign_v1(secret, body),
        "x-hubspot-signature-v3": sign_v3(secret, "POST", url, body, timestamp),
        "x-hubspot-signature-version": "v2" if is_v2 else "v1",
        "x-hubspot-timeout-millis": _TIMEOUT_HEADER_MS,
    }
