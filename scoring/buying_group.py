"""Roles of the buying group: which are known, engaged, missing (docs/scoring.md section 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.engagement import PersonPoints
from scoring.facts import Contacts
from scoring.model import Model
from scoring.people import role_mask
from scoring.spec import BUYING_ROLES
from scoring.units import MICRO, Flags, Floats, Ints, rounded


@dataclass(frozen=True, slots=True)
class BuyingGroup:
    """One entry an account; missing holds the roles nobody fills as bits (bit i is BUYING_ROLES[i])."""

    coverage: Floats
    engaged_coverage: Floats
    missing: Ints


@dataclass(frozen=True, slots=True)
class GroupPerson:
    """A contact of an account; points are kept attention points, confidence is 1.0 for a role set in a CRM."""

    label: str
    roles: tuple[str, ...]
    inferred: bool
    confidence: float
    points: float
    engaged: bool


def buying_group(contacts: Contacts, people: PersonPoints, model: Model, accounts: int) -> BuyingGroup:
    """Coverage from the accounts' contacts; a role is engaged when one of its contacts is."""
    wanted = role_mask(model.spec.buying_group.roles)
    roles = contacts.people.roles[contacts.person] & wanted
    engaged = _engaged(contacts, people, model.tables.activities.min_person_points)
    filled = _filled(contacts.account, roles, accounts)
    engaged_roles = _filled(contacts.account, np.where(engaged, roles, 0), accounts)
    size = len(model.spec.buying_group.roles)
    return BuyingGroup(_percent(filled, size), _percent(engaged_roles, size), wanted & ~filled)


def group_people(contacts: Contacts, points: PersonPoints, model: Model) -> list[GroupPerson]:
    """The contacts of one account, those with the most points first; points holds nobody else's."""
    people, least = contacts.people, model.tables.activities.min_person_points
    by_person = {
        person: (raw, kept)
        for person, raw, kept in zip(
            points.person.tolist(), points.raw.tolist(), points.kept.tolist(), strict=True
        )
    }
    found = []
    for person in contacts.person.tolist():
        raw, kept = by_person.get(person, (0, 0))
        found.append(
            GroupPerson(
                label=people.label(person),
                roles=_roles(int(people.roles[person])),
                inferred=bool(people.roles[person]) and not people.confirmed[person],
                confidence=float(people.confidence[person]),
                points=kept / MICRO,
                engaged=raw >= least,
            )
        )
    return sorted(found, key=lambda person: (-person.points, not person.roles, person.label))


def _roles(mask: int) -> tuple[str, ...]:
    return tuple(role for bit, role in enumerate(BUYING_ROLES) if mask >> bit & 1)


def missing_roles(missing: int, template: Sequence[str]) -> tuple[str, ...]:
    """The roles of a `missing` entry, in the order of the template."""
    return tuple(role for role in template if missing >> BUYING_ROLES.index(role) & 1)


def _engaged(contacts: Contacts, people: PersonPoints, least: int) -> Flags:
    enough = people.raw >= least
    size = len(contacts.people.ids)
    keys = people.account[enough] * size + people.person[enough]
    return np.isin(contacts.account * size + contacts.person, keys)


def _filled(account: Ints, roles: Ints, accounts: int) -> Ints:
    filled = np.zeros(accounts, dtype=np.int64)
    np.bitwise_or.at(filled, account, roles)
    return filled


def _percent(roles: Ints, size: int) -> Floats:
    return rounded(100.0 * np.bitwise_count(roles) / size)
