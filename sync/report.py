"""What a run did, as the store keeps it and as people see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from store.settled import Settled
from sync.backfill import Backfilled
from sync.drift import drift_counts
from sync.identity import Matched
from sync.plan import Plan
from sync.pull import Pulled
from sync.push import Pushed
from sync.scored import Scored


@dataclass(slots=True)
class Report:
    """What a run did; parts that it did not do are None. Counts of calls are by connection and operation."""

    run_id: int
    as_of: datetime
    pulled: list[Pulled] | None = None
    matched: Matched | None = None
    backfilled: Backfilled | None = None
    scored: Scored | None = None
    plan: Plan | None = None
    pushed: list[Pushed] | None = None
    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    least_write_calls: dict[str, int] = field(default_factory=dict)
    least_read_calls: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)
    """Why a guard stops the plan; empty where none does."""
    settled: Settled | None = None
    """The sync since which nothing has changed, so that this one scored and planned nothing."""
    rolled_back: int | None = None
    """The run that this one rolls back."""
    by: str | None = None
    """Who confirmed the plan, or asked for what was done."""
    confirmed: str | None = None
    """The plan that a person confirmed."""
    accepted: list[str] = field(default_factory=list)
    """Objects of which a person said that much is really gone."""
    erased: dict[str, int] = field(default_factory=dict)
    """Rows about people that were erased or purged, by table."""

    @property
    def rejected(self) -> int:
        """Writes that a CRM refused."""
        return sum(pushed.rejected for pushed in self.pushed or [])

    @property
    def _accounts(self) -> int:
        if self.scored is not None:
            return len(self.scored.scores)
        return self.settled.accounts if self.settled else 0

    def counts(self) -> dict[str, Any]:
        """What the store keeps of a run."""
        plan = self.plan
        return {
            "read": sum(p.read for p in self.pulled or []),
            "changed": sum(p.changed for p in self.pulled or []),
            "skipped": sum(p.skipped for p in self.pulled or []),
            "accounts": self._accounts,
            "tier_moves": len(plan.tier_moves) if plan else 0,
            "planned": len(plan.records) if plan else 0,
            "waiting": plan.waiting if plan else 0,
            "records_written": sum(p.records for p in self.pushed or []),
            "members_changed": sum(p.members for p in self.pushed or []),
            "rejected": self.rejected,
            "rolled_back": self.rolled_back,
            "by": self.by,
            "confirmed": self.confirmed,
            "accepted": self.accepted,
            "erased": self.erased,
            "drift": drift_counts(plan.drift) if plan else {},
            "calls": self.calls,
            "least_write_calls": self.least_write_calls,
            "least_read_calls": self.least_read_calls,
            "notes": self.notes,
        }
