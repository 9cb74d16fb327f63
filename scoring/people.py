"""The people behind activities and contacts, with their seniority and buying roles as codes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol, Self, runtime_checkable

import numpy as np

from scoring.compiled import ROLE_MASKS
from scoring.roles import resolve
from scoring.spec import BUYING_ROLES, SENIORITIES
from scoring.units import Flags, Floats, Ints

UNKNOWN_PERSON = -1
_NAMELESS = "somebody without a name"
_READING = ("people", "roles", "titles", "title_text", "title_words")
"""Modules that read titles and roles."""
_CONFIRMED = len(BUYING_ROLES)
_SENIORITY = _CONFIRMED + 1
_CONFIDENCE = _SENIORITY + 3


class PersonRow(NamedTuple):
    """A contact or lead; `crm_role` is what a person set in the CRM, None where nobody did."""

    id: str
    name: str
    title: str | None = None
    crm_role: str | None = None


@runtime_checkable
class ReadsMany(Protocol):
    """Texts that are cheaper to read together than one by one."""

    def many(self, places: Sequence[int]) -> Sequence[str]:
        """The texts at these ascending places."""


class PeopleTexts(NamedTuple):
    """The texts of people by place; whoever keeps codes may read them only when they are asked for."""

    ids: Sequence[str]
    names: Sequence[str]
    titles: Sequence[str]
    crm_roles: Sequence[str]


def person_code(title: str | None, crm_role: str | None) -> int:
    """What scoring reads of a person as one number, for keeping: `People.from_codes` takes it apart.

    From the lowest bit: roles (8 bits), confirmed, seniority (3 bits), confidence in thousandths.
    """
    found = resolve(title, crm_role)
    low = role_mask(found.buying_roles) | found.confirmed << _CONFIRMED
    high = SENIORITIES.index(found.seniority) << _SENIORITY | round(found.confidence * 1000) << _CONFIDENCE
    return low | high


@cache
def reading_rules() -> str:
    """Names the rules behind person_code: codes made under other rules are to be made again."""
    sources = (Path(__file__).with_name(f"{name}.py").read_bytes() for name in _READING)
    return sha256(b"".join(sources)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody the rows point at, by place.

    seniority indexes SENIORITIES; bit i of roles is BUYING_ROLES[i]; confirmed says that a person set the
    role in the CRM, which crm_roles holds as it was written ("" for none); confidence is 1.0 for those and
    less for roles inferred from the title.
    """

    ids: Sequence[str]
    names: Sequence[str]
    titles: Sequence[str]
    crm_roles: Sequence[str]
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

    @classmethod
    def from_codes(cls, texts: PeopleTexts, codes: Ints) -> Self:
        """People whose codes were kept (person_code), in the order given."""
        roles, confirmed = codes & (ROLE_MASKS - 1), codes >> _CONFIRMED & 1 == 1
        seniority = codes >> _SENIORITY & 7
        multipliers = seniority * ROLE_MASKS + np.where(confirmed, roles, 0)
        return cls(
            ids=texts.ids,
            names=texts.names,
            titles=texts.titles,
            crm_roles=texts.crm_roles,
            seniority=seniority,
            roles=roles,
            confirmed=confirmed,
            confidence=(codes >> _CONFIDENCE) / 1000,
            role_codes=np.append(multipliers, np.int64(0)),
        )

    def label(self, person: int) -> str:
        """How a sales rep knows the person: "Jane Roe (VP Marketing)"."""
        return self.labels([person])[person]

    def labels(self, persons: Iterable[int]) -> dict[int, str]:
        """How a sales rep knows each of these, read at once."""
        known = sorted(set(persons) - {UNKNOWN_PERSON})
        texts = zip(known, texts_at(self.names, known), texts_at(self.titles, known), strict=True)
        return {UNKNOWN_PERSON: "unknown people"} | {
            person: f"{name or _NAMELESS} ({title})" if title else name or _NAMELESS
            for person, name, title in texts
        }


def texts_at(texts: Sequence[str], places: Sequence[int]) -> Sequence[str]:
    """The texts at these ascending places."""
    return texts.many(places) if isinstance(texts, ReadsMany) else [texts[place] for place in places]


def role_mask(roles: Iterable[str]) -> int:
    """A set of buying roles as bits: bit i is BUYING_ROLES[i]."""
    return sum(1 << BUYING_ROLES.index(role) for role in set(roles))
