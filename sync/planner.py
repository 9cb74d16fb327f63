"""What making plans needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.changes import TargetList
from core.config import SyncSettings
from core.errors import ListLost
from store.database import Database
from sync.connected import Connected


@dataclass(frozen=True, slots=True)
class Planner:
    """What making a plan needs. One planner reads each target list's members once, however many plans it makes.

    only: accounts (by number) that the plan is about; None: all.
    """

    database: Database
    connections: Sequence[Connected]
    settings: SyncSettings
    only: frozenset[int] | None = None
    _members: dict[tuple[int, str], list[str] | None] = field(default_factory=dict)
    lost: dict[tuple[int, str], str] = field(default_factory=dict)
    """Lists that were read and are not ours to write any more, by connection and id: which, and why."""

    def members(self, connected: Connected, target: TargetList, list_id: str) -> list[str] | None:
        """Who the CRM says is on a target list; None where it is not ours to write, and `lost` says why."""
        key = (connected.id, list_id)
        if key not in self._members:
            try:
                self._members[key] = list(connected.connector.members(list_id))
            except ListLost as error:
                self._members[key] = None
                self.lost[key] = f"{connected.name}: the target list “{target.name}” is left alone: {error}"
        return self._members[key]
