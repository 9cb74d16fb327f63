"""What hangs on deals: the roles that people set there, and what a changed deal touches."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Connection

from core.clock import millis
from core.records import DealRoles
from store.sql import Row, plain_rows, upsert
from store.tables import CrmDealRole
from store.touched import EVIDENCE_STALE, LINKS_STALE, read_mark, touch

_LATEST = """
SELECT link.person_key, role.role FROM {links}
JOIN crm_deal_role AS role ON role.connection_id = link.connection_id AND role.contact_id = link.remote_id
JOIN crm_deal AS deal ON deal.connection_id = role.connection_id AND deal.remote_id = role.deal_id
WHERE NOT role.is_gone AND NOT deal.is_gone
ORDER BY link.person_key, role.set_at, role.connection_id, role.remote_id, role.contact_id
"""


def land_roles(writer: Connection, connection_id: int, found: Sequence[DealRoles]) -> int:
    """Store roles; what an id said before and does not say any more is gone. How many rows changed."""
    rows: list[Row] = [
        (connection_id, one.remote_id, millis(one.modified_at), False, contact_id, one.deal_id, at, role)
        for one in found
        for at in [millis(one.set_at)]
        for contact_id, role in one.people
    ]
    changed = upsert(writer, CrmDealRole, rows)
    dropped = _dropped(writer, connection_id, found)
    if dropped:
        writer.exec_driver_sql(
            "UPDATE crm_deal_role SET is_gone = TRUE WHERE connection_id = ? AND remote_id = ? AND contact_id = ?",
            dropped,
        )
    if changed or dropped:
        touch(writer, "contact", {(connection_id, row[4]) for row in rows} | {(r[0], r[2]) for r in dropped})
    return changed + len(dropped)


def _dropped(writer: Connection, connection_id: int, found: Sequence[DealRoles]) -> list[Row]:
    """Rows (connection, id, contact) that are not there any more, unless they are newer than what was read."""
    if not found:
        return []
    marks = ", ".join("?" * len(found))
    known = writer.exec_driver_sql(
        f"SELECT remote_id, contact_id, modified_at FROM crm_deal_role "  # noqa: S608 marks only
        f"WHERE connection_id = ? AND NOT is_gone AND remote_id IN ({marks})",
        (connection_id, *(one.remote_id for one in found)),
    ).all()
    said = {one.remote_id: (dict(one.people), millis(one.modified_at)) for one in found}
    return [
        (connection_id, remote_id, contact_id)
        for remote_id, contact_id, modified_at in known
        if contact_id not in said[remote_id][0] and modified_at <= said[remote_id][1]
    ]


def touch_people_of(
    writer: Connection,
    keys: Sequence[Row],
    *,
    by: Literal["deal_id", "remote_id"] = "deal_id",
) -> None:
    """Note that the people with a role on these deals (connection, id) are to be looked at again."""
    if keys and read_mark(writer, LINKS_STALE) is None:
        writer.exec_driver_sql(
            "INSERT INTO touched SELECT 'contact', connection_id, contact_id FROM crm_deal_role "  # noqa: S608 ours
            f"WHERE connection_id = ? AND {by} = ? ON CONFLICT DO NOTHING",
            list(keys),
        )


def touch_activities_of(writer: Connection, deals: Sequence[Row]) -> None:
    """Note the activities that belong where these deals (connection, id) do."""
    if deals and read_mark(writer, EVIDENCE_STALE) is None:
        writer.exec_driver_sql(
            "INSERT INTO touched SELECT 'activity', connection_id, remote_id FROM crm_activity "
            "WHERE connection_id = ? AND deal_id = ? AND account_id IS NULL ON CONFLICT DO NOTHING",
            list(deals),
        )


def latest_roles(reader: Connection, links: str) -> dict[str, str]:
    """The role that was set last, by person key; `links` is a join that gives contact_link AS link."""
    return dict(plain_rows(reader, _LATEST.format(links=links)))
