"""Which accounts also count for their topmost parent, kept with the policy under which that was decided."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from store.sql import Row, delete_rows, upsert
from store.tables import RollUp
from store.touched import EVIDENCE_STALE, mark, read_mark, touch

OWN = "own"
"""The policy under which every account counts for itself alone."""
_POLICY = "parents"
"""Mark: the policy of the rows in roll_up."""
_MANY = 1_000
"""Changed accounts from which building all evidence anew costs less than looking for theirs."""


class RollUps(NamedTuple):
    """Parents by child (account numbers), decided under a policy."""

    policy: str
    parents: Mapping[int, int]


def roll_up_policy(reader: Connection) -> str:
    """The policy under which the roll-ups were decided."""
    return read_mark(reader, _POLICY) or OWN


def save_roll_up(writer: Connection, wanted: RollUps) -> None:
    """Make the table hold exactly these, in the running transaction, and note what that touches."""
    known = {row[0]: row[1] for row in writer.exec_driver_sql("SELECT account_id, parent_id FROM roll_up")}
    after = wanted.parents
    changed = [one for one in known.keys() | after.keys() if known.get(one) != after.get(one)]
    _touch(writer, changed, {top for one in changed for top in (known.get(one), after.get(one)) if top})
    delete_rows(writer, RollUp, [(one,) for one in changed if one not in after])
    rows: list[Row] = [(one, after[one]) for one in changed if one in after]
    upsert(writer, RollUp, rows)
    mark(writer, _POLICY, None if wanted.policy == OWN else wanted.policy)


def _touch(writer: Connection, children: Collection[int], parents: Collection[int]) -> None:
    if len(children) > _MANY:
        mark(writer, EVIDENCE_STALE, "1")
    if not children or read_mark(writer, EVIDENCE_STALE) is not None:
        return
    touch(writer, "people_of", {(parent, "") for parent in parents})
    writer.exec_driver_sql(
        "INSERT INTO touched SELECT 'activity', connection_id, remote_id FROM evidence WHERE account_id = ? "
        "ON CONFLICT DO NOTHING",
        [(child,) for child in children],
    )


def parents_of(reader: Connection, account_ids: Collection[int]) -> set[int]:
    """The accounts for which these count as well."""
    if not account_ids:
        return set()
    rows = reader.exec_driver_sql("SELECT account_id, parent_id FROM roll_up")
    return {parent_id for account_id, parent_id in rows if account_id in account_ids}
