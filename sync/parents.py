"""Parent accounts: which account stands above another one, over all CRMs."""

from collections.abc import Mapping, Sequence

from store.matching import AccountRow, RecordKey
from store.roll_ups import OWN


def topmost(rows: Sequence[AccountRow], keys: Mapping[RecordKey, str], policy: str) -> dict[str, str]:
    """The topmost parent by account key, of accounts that have one; none under the policy "own".

    keys: the account key of every CRM record, of merged ones too. Of an account with several records the first
    one (by connection and id) that names a known parent counts. Accounts that stand above each other in a
    circle have no topmost parent, and neither have those below them.
    """
    if policy == OWN:
        return {}
    parents: dict[str, str] = {}
    for row in sorted(rows):
        child, parent = keys[row.key], keys.get((row.connection_id, row.parent_id or ""))
        if parent is not None and parent != child:
            parents.setdefault(child, parent)
    tops = {child: _top(child, parents) for child in parents}
    return {child: top for child, top in tops.items() if top is not None}


def _top(child: str, parents: Mapping[str, str]) -> str | None:
    seen = {child}
    above = parents[child]
    while above in parents:
        if above in seen:
            return None
        seen.add(above)
        above = parents[above]
    return above
