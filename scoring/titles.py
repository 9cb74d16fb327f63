"""Seniority and function from a job title, in English, German, French and Spanish.

The words are in scoring.title_words, and what is done to a title before they are looked for in
scoring.title_text.
"""

import re
from dataclasses import dataclass

from scoring.title_text import pattern, plain
from scoring.title_words import FUNCTIONS, HELPERS, LEARNERS, LEVELS, STUDENTS, VP

_HELPERS, _LEARNERS, _STUDENTS, _VP = (pattern(words) for words in (HELPERS, LEARNERS, STUDENTS, VP))
_SECRETARIES = re.compile(
    r"\b(?:company secretary|secretary general|general secretary|secretai?re? gener[a-z]*|secretari[oa] general)\b"
)
_OFFICER = re.compile(r"\bchief(?: (?!,)[a-z&-]+)+ officer\b")
_LEVELS = [
    (level, pattern(words), pattern(otherwise) if otherwise else None) for level, words, otherwise in LEVELS
]
_FUNCTIONS = [(name, pattern(words)) for name, words in FUNCTIONS]


@dataclass(frozen=True, slots=True)
class Title:
    """What a title says: one of SENIORITIES, a function or "unknown", and whether its bearer may buy.

    Assistants of somebody, interns and students do not: their part in a purchase is not guessed.
    """

    seniority: str
    function: str
    buys: bool


def read_title(title: str | None) -> Title:
    """The highest level that the title names, and the first function in the order of FUNCTIONS."""
    text = plain(title)
    if _HELPERS.search(_SECRETARIES.sub("", text)):
        return Title("individual", "unknown", buys=False)
    area = next((name for name, words in _FUNCTIONS if words.search(text)), "unknown")
    if _LEARNERS.search(text):
        return Title("individual", area, buys=False)
    level = _level(text)
    if level in {"unknown", "individual"} and _STUDENTS.search(text):
        return Title("individual", area, buys=False)
    return Title(level, area, buys=True)


def _level(text: str) -> str:
    if _OFFICER.search(text):
        return "c_level"
    for level, words, otherwise in _LEVELS:
        # A vice president is no president.
        own = text if level == "vp" else _VP.sub(" ", text)
        if words.search(otherwise.sub(" ", own) if otherwise else own):
            return level
    return "unknown"
