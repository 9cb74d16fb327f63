"""The owners (users) of a portal: few, so each pull lists them all, those who left included."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.hubspot import version
from connectors.hubspot.answers import server_time
from connectors.hubspot.client import Client
from connectors.hubspot.listing import Forward
from connectors.hubspot.raw import OWNERS
from connectors.hubspot.source import broken
from connectors.transport import Request
from core.changes import Page, Skipped
from core.clock import parse_instant
from core.cursors import Cursor
from core.records import Kind, Owner, RecordRef

_PAGE = 500
_PHASES = ("active", "archived")
FIELDS = ("email", "firstName", "lastName", "archived", "updatedAt")


def pull(client: Client, cursor: Cursor) -> Iterator[Page]:
    """All owners page by page, then those who were archived. A position is `<phase>:<after>`."""
    position: str | None = cursor.position or f"{_PHASES[0]}:"
    forward = Forward(client.host, OWNERS)
    forward.to(position)
    while position is not None:
        phase, _, after = position.partition(":")
        if phase not in _PHASES:
            raise broken(OWNERS, position)
        page, following, cursor = _page(client, phase, after, cursor)
        forward.to(following)
        position = following
        yield page


def _page(client: Client, phase: str, after: str, cursor: Cursor) -> tuple[Page, str | None, Cursor]:
    params = {"limit": _PAGE, "archived": "true" if phase == "archived" else "false"}
    request = Request(
        f"read {OWNERS}", "GET", version.OWNERS, params={**params, **({"after": after} if after else {})}
    )
    response = client.call(request)
    listed = client.read_list(request, response)
    cursor = cursor.opened(server_time(response))
    following = _behind(phase, listed.after)
    cursor = cursor.at(following) if following else cursor
    records, skipped = _read(listed.rows)
    return Page(records, cursor if following else cursor.closed(), (), skipped), following, cursor


def _behind(phase: str, after: str | None) -> str | None:
    if after:
        return f"{phase}:{after}"
    return f"{_PHASES[1]}:" if phase == _PHASES[0] else None


def _read(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Owner], list[Skipped]]:
    records: list[Owner] = []
    skipped: list[Skipped] = []
    for row in rows:
        try:
            records.append(_owner(row))
        except (KeyError, TypeError, ValueError) as error:
            ref = RecordRef(Kind.OWNER, str(row["id"]))
            skipped.append(Skipped(ref, f"{type(error).__name__}: {error}"))
    return records, skipped


def _owner(row: Mapping[str, Any]) -> Owner:
    """One owner; one without a name is called by the e-mail address."""
    names = (str(row.get(part) or "").strip() for part in ("firstName", "lastName"))
    email = row.get("email") or None
    return Owner(
        remote_id=str(row["id"]),
        modified_at=parse_instant(row["updatedAt"]),
        name=" ".join(name for name in names if name) or email or "",
        email=email,
        is_active=not row.get("archived"),
    )
