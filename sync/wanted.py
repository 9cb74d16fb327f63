"""What the CRM records should say: managed fields of accounts and contacts, as canonical text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.changes import TargetList
from core.clock import wire_instant
from core.fields import NO_TIER, canonical
from core.managed_fields import CONTACT_FIELDS, ICP_TIER, IS_TARGET_ACCOUNT, fields_of
from core.records import Kind
from scoring.engagement import points_of_people
from scoring.kernel import STAGES
from scoring.ledger import Ledger, ledger
from scoring.lists import OWNER_EMAIL, Standing, belongs
from scoring.model import Model
from scoring.people import UNKNOWN_PERSON
from scoring.ranges import FactsInMemory
from scoring.reasons import reasons, why
from scoring.values import fold
from scoring.words import gap_text, inferred_role
from store.outbox import Values
from sync.scored import Scored

_BY_NAME = {field.name: field for field in fields_of(Kind.ACCOUNT)}
_NOBODY: Values = {field.name: None for field in CONTACT_FIELDS}
_LIST_SEPARATOR = "; "
_AT_ONCE = 128
"""Accounts whose activities are in memory together; four blocks of the store where they lie side by side."""


def lists_of(model: Model) -> list[TargetList]:
    """The target lists of a model."""
    return [TargetList(entry.key, entry.name) for entry in model.spec.lists]


@dataclass(frozen=True)
class Wanted:
    """The wanted state of every account and person of a scoring."""

    scored: Scored

    @cached_property
    def place(self) -> Mapping[int, int]:
        """Where an account number stands in the columns."""
        return {number: place for place, number in enumerate(self.scored.facts.account_ids)}

    @cached_property
    def _person_place(self) -> Mapping[str, int]:
        return {person: place for place, person in enumerate(self.scored.facts.people.ids)}

    def account(self, account_id: int) -> Values:
        """All but the reasons, which are made only for records that are written."""
        place = self.place[account_id]
        row, tier = self.scored.scores.row(place), self.scored.tiers[place]
        raw: Mapping[str, object] = {
            "tier": tier.tier,
            "tier_source": tier.source,
            "tier_since": tier.since,
            "fit_score": row.fit,
            "fit_band": row.fit_band,
            "fit_completeness": row.fit_completeness,
            "engagement_score": row.engagement,
            "engagement_trend": row.engagement_trend,
            "intent_score": row.intent,
            "priority_score": row.priority,
            "priority_rank": tier.rank if tier.tier != NO_TIER else None,
            "stage": row.stage,
            "mqa_since": tier.mqa_since,
            "people_engaged": row.people_engaged,
            "buying_group_coverage": row.buying_group_coverage,
            "buying_group_gap": gap_text(row.gap),
            "lists": _LIST_SEPARATOR.join(self.list_names(account_id)),
            "last_activity_at": row.last_activity_at and wire_instant(row.last_activity_at),
            "model_version": self.scored.model.version,
            "scored_at": wire_instant(self.scored.as_of),
            IS_TARGET_ACCOUNT: "false" if tier.tier == NO_TIER else "true",
            ICP_TIER: None if tier.tier == NO_TIER else tier.tier,
        }
        return {name: canonical(_BY_NAME[name], value) for name, value in raw.items()}

    def reasons(self, account_ids: Iterable[int]) -> Iterator[tuple[int, str | None]]:
        """The field `why` by account number; it costs a look at the activities of these accounts."""
        scored = self.scored
        for places, facts in self._facts(self.place[account_id] for account_id in account_ids):
            scores = [scored.scores.row(place) for place in places]
            found = reasons(facts, scores, scored.model, scored.as_of)
            for place, each in zip(places, found, strict=True):
                tier = scored.tiers[place].tier
                text = why(each, tier if tier != NO_TIER else None)
                yield scored.facts.account_ids[place], canonical(_BY_NAME["why"], text)

    def _facts(self, places: Iterable[int]) -> Iterator[tuple[Sequence[int], FactsInMemory]]:
        """The facts of some accounts, a few at a time."""
        ascending = sorted(places)
        for first in range(0, len(ascending), _AT_ONCE):
            some = ascending[first : first + _AT_ONCE]
            yield some, self.scored.facts.some(some)

    def ledger(self, account_id: int) -> Ledger:
        """The ledger behind an account's scores."""
        one = self.scored.facts.one(self.place[account_id])
        return ledger(
            one.facts, one.evidence, one.signals, one.contacts, self.scored.model, self.scored.as_of
        )

    def list_names(self, account_id: int) -> list[str]:
        """The names of the target lists that an account belongs on, in the order of the model."""
        lists = self.scored.model.spec.lists
        return [entry.name for entry in lists if account_id in self._members[entry.key]]

    def members(self, list_key: str) -> set[int]:
        """The accounts that belong on a target list."""
        return self._members[list_key]

    @cached_property
    def _members(self) -> Mapping[str, set[int]]:
        members: dict[str, set[int]] = {entry.key: set() for entry in self.scored.model.spec.lists}
        for place, account_id in enumerate(self.scored.facts.account_ids):
            standing = self._standing(place)
            for entry in self.scored.model.spec.lists:
                if belongs(entry, standing):
                    members[entry.key].add(account_id)
        return members

    def _standing(self, place: int) -> Standing:
        scored = self.scored
        records = scored.facts.records[scored.facts.account_ids[place]]
        owners = (
            value
            for row in records
            for value in (row.owner_id, row.owner_name, row.owner_email, row.fields.get(OWNER_EMAIL))
        )
        return Standing(
            tier=scored.tiers[place].tier,
            stage=STAGES[scored.scores.stage[place]],
            priority=float(scored.scores.priority[place]),
            fields=scored.facts.accounts[place].fields,
            owners=frozenset(fold(owner) for owner in owners if isinstance(owner, str)),
        )

    def contact(self, account_id: int, person_key: str) -> Values:
        """A person's fields; empty ones outside the target list, so that only its people cost calls."""
        place = self.place[account_id]
        tier = self.scored.tiers[place].tier
        person = self._person_place.get(person_key, UNKNOWN_PERSON)
        if tier == NO_TIER or person == UNKNOWN_PERSON:
            return _NOBODY
        raw: Mapping[str, object] = {
            "engagement_points": self._points[place].get(person, 0.0),
            "buying_role_inferred": inferred_role(
                self.scored.facts.people, person, self.scored.model.spec.buying_group
            ),
            "account_tier": tier,
        }
        return {field.name: canonical(field, raw[field.name]) for field in CONTACT_FIELDS}

    @cached_property
    def _points(self) -> Mapping[int, Mapping[int, float]]:
        """The points of everybody at the accounts that are in a tier, by the account's place."""
        scored = self.scored
        tiered = (place for place, tier in enumerate(scored.tiers) if tier.tier != NO_TIER)
        return {
            place: points
            for places, facts in self._facts(tiered)
            for place, points in zip(
                places,
                points_of_people(facts.evidence, scored.model, scored.as_of, len(places)),
                strict=True,
            )
        }
