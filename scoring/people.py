"""The people behind activities and contacts, with their seniority and buying roles as codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from scoring.compiled import ROLE_MASKS
from scoring.roles import resolve
from scoring.spec import BUYING_ROLES, SENIORITIES
from scoring.units import Flags, Floats, Ints

UNKNOWN_PERSON = -1


class PersonRow(NamedTuple):
    """A contact or lead; `crm_role` is what a person set in the CRM, None where nobody did."""

    id: str
    name: str
    title: str | None = None
    crm_role: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody the rows point at, by place.

    seniority indexes SENIORITIES; bit i of roles is BUYING_ROLES[i]; confirmed says that a person set the
    role in the CRM, which crm_roles holds as it was written ("" for none); confidence is 1.0 for those and
    less for roles inferred from the title.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    titles: tuple[str, ...]
    crm_roles: tuple[str, ...]
    seniority: Ints
    roles: Ints
    confirmed: Flags
    confidence: Floats
    role_codes: Ints
    """Index of the multiplier table; one more entry at the end serves UNKNOWN_PERSON (-1).

    Only confirmed roles multiply: an inferred one comes from the title, which counts by seniority already.
    """

    @classmethod
    def from_rows(cls, rows: Iterable[PersonRow]) -> Self:
        """People by ascending id; ValueError when an id comes twice."""
        people = sorted(rows, key=lambda person: person.id)
        if len({person.id for person in people}) < len(people):
            raise ValueError("two people have the same id")
        found = [resolve(person.title, person.crm_role) for person in people]
        seniority = np.array([SENIORITIES.index(role.seniority) for role in found], dtype=np.int64)
        roles = np.array([role_mask(role.buying_roles) for role in found], dtype=np.int64)
        confirmed = np.array([role.confirmed for role in found], dtype=np.bool_)
        codes = seniority * ROLE_MASKS + np.where(confirmed, roles, 0)
        return cls(
            ids=tuple(person.id for person in people),
            names=tuple(person.name for person in people),
            titles=tuple(person.title or "" for person in people),
            crm_roles=tuple((person.crm_role or "").strip() for person in people),
            seniority=seniority,
            roles=roles,
            confirmed=confirmed,
            confidence=np.array([role.confidence for role in found], dtype=np.float64),
            role_codes=np.append(codes, np.int64(0)),
        )

    def label(self, person: int) -> str:
        """How a sales rep knows the person: "Jane Roe (VP Marketing)"."""
        if person == UNKNOWN_PERSON:
            return "unknown people"
        name = self.names[person] or "somebody without a name"
        return f"{name} ({self.titles[person]})" if self.titles[person] else name


def role_mask(roles: Iterable[str]) -> int:
    """A set of buying roles as bits: bit i is BUYING_ROLES[i]."""
    return sum(1 << BUYING_ROLES.index(role) for role in set(roles))
