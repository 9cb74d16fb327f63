"""Buying roles that a model file adds, and who fills them (docs/scoring.md section 6).

A contact fills one when somebody set its name in the CRM, or, where nobody set a role, when the title holds
one of its words and is not an assistant's, an intern's or a student's. People stay independent of the model,
so this is asked when an account is scored.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from scoring.people import People, texts_at
from scoring.roles import role_names
from scoring.spec import BuyingGroup
from scoring.title_text import letters, pattern, plain
from scoring.titles import read_title
from scoring.units import Ints

USABLE_WORD = re.compile(r"[a-z0-9*](?:[a-z0-9&* -]*[a-z0-9*])?")


def usable(word: str) -> bool:
    """Whether title words can be looked for: letters, digits, `*`, spaces, & and -, two of them letters."""
    folded = letters(word.strip())
    return bool(USABLE_WORD.fullmatch(folded)) and sum(letter.isalnum() for letter in folded) > 1


def custom_bits(group: BuyingGroup, people: People, persons: Ints) -> Ints:
    """Per person of `persons` (places in people), bit i for the i-th custom role of the model."""
    if not group.custom_roles:
        return np.zeros(len(persons), dtype=np.int64)
    names = tuple(group.custom_roles)
    words = tuple(",".join(listed) for listed in group.custom_roles.values())
    unique, inverse = np.unique(persons, return_inverse=True)
    places = unique.tolist()
    texts = zip(texts_at(people.titles, places), texts_at(people.crm_roles, places), strict=True)
    bits = [_bits(title, role, names, words) for title, role in texts]
    return np.array(bits, dtype=np.int64)[inverse]


def custom_roles_of(group: BuyingGroup, people: People, person: int) -> tuple[str, ...]:
    """The custom roles of one person, in the order of the model file."""
    bits = int(custom_bits(group, people, np.array([person]))[0])
    return tuple(name for bit, name in enumerate(group.custom_roles) if bits >> bit & 1)


@lru_cache(maxsize=65_536)
def _bits(title: str, crm_role: str, names: Sequence[str], words: Sequence[str]) -> int:
    if crm_role:
        said = role_names(crm_role)
        return sum(1 << bit for bit, name in enumerate(names) if name.replace("_", " ") in said)
    if not read_title(title).buys:
        return 0
    text = plain(title)
    return sum(1 << bit for bit, listed in enumerate(words) if _pattern(listed).search(text))


@lru_cache(maxsize=64)
def _pattern(words: str) -> re.Pattern[str]:
    return pattern(letters(words))
