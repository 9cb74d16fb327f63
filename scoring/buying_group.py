"""Roles of the buying group: which are known, engaged, missing (docs/scoring.md section 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scoring.compiled import ROLE_MASKS
from scoring.custom_roles import custom_bits
from scoring.engagement import Engagement, PersonPoints, kept_of_people
from scoring.facts import Contacts
from scoring.model import Model
from scoring.spec import BUYING_ROLES
from scoring.spec import BuyingGroup as Template
from scoring.units import MICRO, Flags, Floats, Ints, rounded


@dataclass(frozen=True, slots=True)
class BuyingGroup:
    """One entry an account; missing holds the roles nobody fills as bits (bit i is the template's i-th)."""

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
    template = model.spec.buying_group.roles
    roles = _wanted_roles(contacts, model.spec.buying_group)
    engaged = _engaged(contacts, people, model.tables.activities.min_person_points)
    filled = _filled(contacts.account, roles, accounts)
    engaged_roles = _filled(contacts.account, np.where(engaged, roles, 0), accounts)
    everything = (1 << len(template)) - 1
    return BuyingGroup(
        _percent(filled, len(template)), _percent(engaged_roles, len(template)), everything & ~filled
    )


def group_people(contacts: Contacts, engaged: Engagement, model: Model) -> list[GroupPerson]:
    """The contacts of one account, those with the most points first; `engaged` is that account alone."""
    people, least = contacts.people, model.tables.activities.min_person_points
    columns = (engaged.people.person, engaged.people.raw, kept_of_people(engaged))
    by_person = {
        person: (raw, kept)
        for person, raw, kept in zip(*(column.tolist() for column in columns), strict=True)
    }
    labels = people.labels(contacts.person.tolist())
    found = []
    for person in contacts.person.tolist():
        raw, kept = by_person.get(person, (0, 0))
        found.append(
            GroupPerson(
                label=labels[person],
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
    return tuple(role for bit, role in enumerate(template) if missing >> bit & 1)


def _wanted_roles(contacts: Contacts, group: Template) -> Ints:
    """Per contact the roles it fills, as bits of the template."""
    roles = _by_mask(group.roles)[contacts.people.roles[contacts.person]]
    if not group.custom_roles:
        return roles
    names = tuple(group.custom_roles)
    bits = custom_bits(group, contacts.people, contacts.person)
    values, inverse = np.unique(bits, return_inverse=True)
    custom = np.array([_places(group.roles, names, mask) for mask in values.tolist()], dtype=np.int64)
    return roles | custom[inverse]


@lru_cache(maxsize=64)
def _by_mask(template: tuple[str, ...]) -> Ints:
    """Roles as bits of the template, by their bits in BUYING_ROLES."""
    return np.array([_places(template, BUYING_ROLES, mask) for mask in range(ROLE_MASKS)], dtype=np.int64)


def _places(template: Sequence[str], names: Sequence[str], mask: int) -> int:
    """The roles of a mask over names, as a mask over the template."""
    return sum(
        1 << template.index(name) for bit, name in enumerate(names) if mask >> bit & 1 and name in template
    )


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
