"""Which decision of people holds for an account: the newest of those that stand. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from core.clock import from_millis, millis
from core.fields import NO_TIER, TIERS
from scoring.standing import Override
from store.facts import AccountRecord
from store.tier_overrides import COMMAND_LINE, FIELD_REASON, Decided

_JUST_NOW = 2**63


def overrides(
    records: Mapping[int, Sequence[AccountRecord]],
    decisions: Mapping[int, Sequence[Decided]],
    connections: Mapping[int, str],
    as_of: datetime,
) -> Iterator[tuple[str, Override]]:
    """The override of each account that has one, by account key.

    The command line and the field in the CRMs have one voice each; of the CRMs, the first connection that says
    a tier speaks. The newer voice holds; what has expired is silent.
    """
    for account_id, rows in records.items():
        decided = decisions.get(account_id, ())
        voices = [*_in_crms(rows, decided, connections), *_on_command_line(decided, millis(as_of))]
        if voices:
            yield rows[0].key, max(voices, key=lambda voice: voice[0])[1]


def _in_crms(
    rows: Iterable[AccountRecord], decided: Iterable[Decided], connections: Mapping[int, str]
) -> Iterator[tuple[int, Override]]:
    """What stands in the first CRM that says something; an option that is no tier says nothing.

    Where the field is not there to be read (hidden by now, or not read since it was made anew), the log tells. A CRM
    that is not configured any more says nothing.
    """
    for row in rows:
        name = connections.get(row.connection_id)
        noted = {
            one.tier: one.decided_at
            for one in decided
            if (one.source, one.remote_id) == (name, row.remote_id)
        }
        tier = row.managed.get("tier_override", next(iter(noted), None))
        if name is None or tier not in (*TIERS, NO_TIER):
            continue
        # What the log does not know yet was written after it was last looked at.
        yield noted.get(tier, _JUST_NOW), Override(tier, f"a user of {name}", FIELD_REASON)
        return


def _on_command_line(decided: Iterable[Decided], as_of_ms: int) -> Iterator[tuple[int, Override]]:
    for one in decided:
        if one.source != COMMAND_LINE or one.tier is None:
            continue
        if one.expires_at is None or as_of_ms < one.expires_at:
            until = None if one.expires_at is None else from_millis(one.expires_at)
            yield one.decided_at, Override(one.tier, one.author, one.reason, until)
