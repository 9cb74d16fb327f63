"""Making the plan: wanted values and members against what the CRMs say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from core.clock import millis
from core.fields import TIERS
from store.quarantine import FIELD_WAR, Key, Refusal, field_kind, refusals
from store.scores import count_tiered
from sync.connected import Connected
from sync.drift import Drift, Handling
from sync.guards import World
from sync.list_plan import plan_lists
from sync.plan import Plan, least_calls
from sync.planner import Planner
from sync.record_plan import plan_records
from sync.resting import Resting
from sync.scored import Scored
from sync.wanted import Wanted


def make_plan(planner: Planner, scored: Scored) -> tuple[Plan, World]:
    """The plan, and the world it would change.

    Reads the members of the target lists from the CRMs; writes nothing.
    """
    wanted = Wanted(scored)
    resting = Resting(refusals(planner.database), millis(scored.as_of), planner.settings.min_change)
    records = plan_records(planner, wanted, resting)
    lists = plan_lists(planner, wanted, records.account_of, resting)
    plan = Plan(
        records=tuple(records.changes),
        members=tuple(lists.changes),
        tier_moves=scored.tier_moves,
        waiting=records.waiting,
        quarantined=records.resting + lists.resting,
        drift=tuple(records.drift),
        ended=(*records.ended, *lists.ended, *_peace(planner, resting.refused, records.drift)),
        left=tuple(lists.left),
        lost=tuple(sorted(planner.lost.values())),
    )
    # By what the CRMs say, or where only some accounts are looked at, by what we said.
    tiered = records.tiered if planner.only is None else count_tiered(planner.database, TIERS)
    calls = _calls(planner.connections, plan)
    return plan, World(tiered, lists.sizes, *calls, lists.lost, records.due_at)


def war_key(drift: Drift) -> Key:
    """Under which key a field that is fought over stands in the quarantine."""
    return (drift.connection_id, field_kind(drift.ref.kind, drift.field), drift.ref.remote_id)


def _peace(planner: Planner, refused: Mapping[Key, Refusal], drift: Iterable[Drift]) -> Iterator[Key]:
    """Fields that were fought over, and say what we want again; a plan of some accounts leaves all of them."""
    if planner.only is not None:
        return
    fought = {war_key(one) for one in drift if one.handling is Handling.WAR}
    for key, refusal in refused.items():
        if refusal.code == FIELD_WAR and key not in fought:
            yield key


def _calls(connections: Sequence[Connected], plan: Plan) -> tuple[dict[str, int], dict[str, int]]:
    """By connection name: the fewest calls that the plan takes, and those the CRM says are left today."""
    left = {connected.name: connected.connector.calls_left() for connected in connections}
    known = {name: count for name, count in left.items() if count is not None}
    return least_write_calls(connections, plan), known


def least_write_calls(connections: Sequence[Connected], plan: Plan) -> dict[str, int]:
    """The fewest calls that could carry the plan, by connection name."""
    sizes = {
        connected.id: (capabilities.least_write_calls, capabilities.member_batch)
        for connected in connections
        for capabilities in (connected.connector.capabilities,)
    }
    least = least_calls(sizes, plan)
    return {connected.name: least[connected.id] for connected in connections}
