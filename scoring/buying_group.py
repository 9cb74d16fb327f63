"""Roles of the buying group: which are known, engaged, missing (docs/scoring.md section 6)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.engagement import PersonPoints
from scoring.facts import Contacts
from scoring.model import Model
from scoring.people import role_mask
from scoring.spec import BUYING_ROLES
from scoring.units import Flags, Floats, Ints, rounded


@dataclass(frozen=True, slots=True)
class BuyingGroup:
    """One entry an account; missing holds the roles nobody fills as bits (bit i is BUYING_ROLES[i])."""

    coverage: Floats
    engaged_coverage: Floats
    missing: Ints


def buying_group(contacts: Contacts, people: PersonPoints, model: Model, accounts: int) -> BuyingGroup:
    """Coverage from the accounts' contacts; a role is engaged when one of its contacts is."""
    wanted = role_mask(model.spec.buying_group.roles)
    roles = contacts.people.roles[contacts.person] & wanted
    engaged = _engaged(contacts, people, model.tables.activities.min_person_points)
    filled = _filled(contacts.account, roles, accounts)
    engaged_roles = _filled(contacts.account, np.where(engaged, roles, 0), accounts)
    size = len(model.spec.buying_group.roles)
    return BuyingGroup(_percent(filled, size), _percent(engaged_roles, size), wanted & ~filled)


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
