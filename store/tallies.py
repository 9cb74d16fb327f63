"""Counters of touches: what is known of each, and the activities that follow from a new value."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from core.clock import from_millis, millis
from core.records import Activity, Kind, Tally, Tombstone
from core.tallies import Known, grown, highest, told
from store.sql import Row, upsert
from store.tables import CrmTally


def steps_of(writer: Connection, connection_id: int, read: Sequence[Tally]) -> list[Activity]:
    """The activities that are new in these counters, which are known from now on.

    Comes before the activities of the same page: of those that told a step only the new ones count.
    """
    _note_told(writer, connection_id, [one for one in read if one.told_by is not None])
    read = [one for one in read if one.told_by is None]
    known = _known(writer, connection_id, [one.remote_id for one in read])
    steps: list[Activity] = []
    rows: list[Row] = []
    for one in read:
        before = known.get(one.remote_id)
        steps += grown(before, one)
        total, latest_at = known[one.remote_id] = highest(before, one)
        head = (connection_id, one.remote_id, millis(one.modified_at), False)
        rows.append((*head, one.contact_id, total, millis(latest_at)))
    upsert(writer, CrmTally, rows)
    return steps


def _note_told(writer: Connection, connection_id: int, read: Sequence[Tally]) -> None:
    """Count the steps that came as activities of their own, each when it comes for the first time."""
    stored = _stored(writer, connection_id, [str(one.told_by) for one in read])
    new = {one.told_by: one for one in read if one.told_by not in stored}.values()
    known = _known(writer, connection_id, [one.remote_id for one in new])
    for one in new:
        known[one.remote_id] = told(known.get(one.remote_id), one.latest_at)
    contacts = {one.remote_id: one.contact_id for one in new}
    # The counter itself was not read: whatever its next value is, that is the newer one.
    rows = [
        (connection_id, remote_id, contact_id, known[remote_id].total, millis(known[remote_id].latest_at))
        for remote_id, contact_id in contacts.items()
    ]
    if rows:
        writer.exec_driver_sql(
            "INSERT INTO crm_tally (connection_id, remote_id, modified_at, is_gone, contact_id, total, latest_at) "
            "VALUES (?, ?, 0, FALSE, ?, ?, ?) ON CONFLICT (connection_id, remote_id) DO UPDATE "
            "SET total = excluded.total, latest_at = excluded.latest_at WHERE NOT crm_tally.is_gone",
            rows,
        )


def _stored(writer: Connection, connection_id: int, activity_ids: Sequence[str]) -> set[str]:
    if not activity_ids:
        return set()
    marks = ", ".join("?" * len(activity_ids))
    rows = writer.exec_driver_sql(
        f"SELECT remote_id FROM crm_activity WHERE connection_id = ? AND remote_id IN ({marks})",  # noqa: S608 marks only
        (connection_id, *activity_ids),
    )
    return {row[0] for row in rows}


def _known(writer: Connection, connection_id: int, remote_ids: Sequence[str]) -> dict[str, Known]:
    if not remote_ids:
        return {}
    marks = ", ".join("?" * len(remote_ids))
    rows = writer.exec_driver_sql(
        "SELECT remote_id, total, latest_at FROM crm_tally "  # noqa: S608 marks only
        f"WHERE connection_id = ? AND NOT is_gone AND remote_id IN ({marks})",
        (connection_id, *remote_ids),
    )
    return {row[0]: Known(row[1], from_millis(row[2])) for row in rows}


def follow_merges(writer: Connection, connection_id: int, tombstones: Iterable[Tombstone]) -> None:
    """A contact that others were merged into goes on counting from the sum of all of them, once."""
    for ref, survivor_id, _ in tombstones:
        if ref.kind is Kind.CONTACT and survivor_id is not None:
            _move(writer, connection_id, ref.remote_id, survivor_id)


def _move(writer: Connection, connection_id: int, loser_id: str, survivor_id: str) -> None:
    lost = writer.exec_driver_sql(
        "SELECT remote_id, modified_at, total, latest_at FROM crm_tally "
        "WHERE connection_id = ? AND contact_id = ? AND NOT is_gone",
        (connection_id, loser_id),
    ).all()
    for remote_id, modified_at, total, latest_at in lost:
        heir = f"{remote_id.removesuffix(loser_id)}{survivor_id}"
        own = _known(writer, connection_id, [heir]).get(heir)
        totals = [one for one in (total, own and own.total) if one is not None]
        latest = max(latest_at, millis(own.latest_at) if own else latest_at)
        writer.exec_driver_sql(
            "INSERT INTO crm_tally (connection_id, remote_id, modified_at, is_gone, contact_id, total, latest_at) "
            "VALUES (?, ?, ?, FALSE, ?, ?, ?) ON CONFLICT (connection_id, remote_id) DO UPDATE "
            "SET is_gone = FALSE, total = excluded.total, latest_at = excluded.latest_at",
            (connection_id, heir, modified_at, survivor_id, sum(totals) if totals else None, latest),
        )
    writer.exec_driver_sql(
        "UPDATE crm_tally SET is_gone = TRUE WHERE connection_id = ? AND contact_id = ?",
        (connection_id, loser_id),
    )
