"""Job titles as plain text: without accents, brackets and other people's titles, with spelling put right.

The plain form is lower case words; " , " stands between the parts of a title, so that no phrase runs across.
"""

import re
import unicodedata

from scoring.title_words import (
    FUNCTIONS,
    HELPERS,
    LEARNERS,
    LEVELS,
    NOT_HELD,
    REAL_WORDS,
    SHORT,
    SPELLED,
    STUDENTS,
)

_LONGEST = 255
"""Letters that are read; what is longer is no title (Salesforce keeps 128)."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_GENDERS = re.compile(r"\(?\b(?:[mwfhdx]\s?[/|]\s?)+[mwfhdxa]\b\)?", re.IGNORECASE)
"""(m/w/d), H/F: whom a job is open to, copied from the advertisement."""
_ENDINGS = re.compile(r"(?<=[a-z])[(/:*_.·-]+(?:in(?:nen)?|e|a|o|ne|ice|rice|trice|euse|se)\)?(?![a-z])")
"""leiter:in, leiter/-in, charge(e), directeur·rice, director/a."""
_INITIALS = re.compile(r"\b([a-z])\.\s?(?=[a-z]\b)")
_ELSEWHERE = re.compile(r"(?: at | bei | chez |@|\boffice of ).*")
"""A company's name, or the office of somebody else: neither is this person's own title."""
_SOMEBODY = re.compile(
    r"((?:assistant|advisor|adviser|aide|secretary|ea|pa|reporting)(?= to )|(?= to the )) to .*"
)
_POSSESSIVE = re.compile(r"[a-z]+['\u2019]s (?=office|representative)")
"""The CEO's office, the owner's representative."""
_AMPERSAND = re.compile(r"&(?=[a-z]{2})")
"""Between words; the one of R&D or FP&A stays."""
_PARTS = re.compile(r"[^a-z0-9&@' -]+|(?<= )-+(?= )")


def plain(title: str | None) -> str:
    """The title in the form in which words are looked for; "" when there is none."""
    text = letters(_GENDERS.sub(" ", (title or "")[:_LONGEST]))
    text = _POSSESSIVE.sub("", re.sub(r"\ba\.\s?d\.", "former", text))
    text = _INITIALS.sub(r"\1", _AMPERSAND.sub(" & ", text.replace("&amp;", "&")))
    text = _ENDINGS.sub(lambda ending: "in" if "in" in ending.group() else "", text)
    text = re.sub(r"(?<=[a-z0-9])[.'\u2019]", " ", text)
    parts = [" ".join(part.replace("'", " ").split()) for part in _PARTS.split(text)]
    return " , ".join(_held([_spelled(part) for part in parts if part]))


def pattern(words: str) -> re.Pattern[str]:
    """Whole words from a list between commas: `*` stands for any letters, brackets hold what may be missing.

    "*leiter(in)" is Leiter, Leiterin, Bereichsleiter, Bereichsleiterin; a space also stands for a hyphen.
    """
    found = []
    for word in words.split(","):
        escaped = re.escape(" ".join(word.split()))
        if not escaped:
            continue
        for mark, expression in (
            (r"\*", "[a-z]*"),
            (r"\(", "(?:"),
            (r"\)", ")?"),
            (r"\ ", "[ -]"),
            (r"\-", "-"),
        ):
            escaped = escaped.replace(mark, expression)
        found.append(escaped)
    return re.compile(rf"(?<![a-z0-9&])(?:{'|'.join(found)})(?![a-z0-9])")


def listed(*lists: str) -> set[str]:
    """Every single word in lists of words, in all its forms."""
    words = {word for words in lists for word in re.findall(r"[a-z]+(?:\([a-z]+\))?", words)}
    return {word.partition("(")[0] for word in words} | {re.sub(r"[()]", "", word) for word in words}


def letters(text: str) -> str:
    """Lower case without accents; German umlauts become two letters."""
    lowered = unicodedata.normalize("NFC", text).lower().translate(_UMLAUTS)
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


_NOT_HELD = pattern(NOT_HELD)


def _held(parts: list[str]) -> list[str]:
    """The parts that are true today: not "ex-CEO", nor "CEO" before "(former)"."""
    kept: list[str] = []
    for part in parts:
        if _NOT_HELD.fullmatch(part):
            del kept[-1:]
        elif not _NOT_HELD.search(part):
            kept.append(_SOMEBODY.sub(r"\1 to somebody", _ELSEWHERE.sub("", part)).strip())
    return [part for part in kept if part]


def _spelled(part: str) -> str:
    return " ".join(_corrected(word) for word in part.split())


def _corrected(word: str) -> str:
    """A long word one slip away from a known one: a letter wrong, missing, doubled, or two swapped.

    An abbreviation is written out.
    """
    word = SHORT.get(word, word)
    if word in _REAL or len(word) < _SHORTEST:
        return word
    near = {known for variant in _shortened(word) for known in _SLIPS.get(variant, ())}
    return next((known for known in sorted(near) if _one_slip(word, known)), word)


def _shortened(word: str) -> set[str]:
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


def _one_slip(first: str, second: str) -> bool:
    """Whether one change makes one word of the other, when shortening both has already made them meet."""
    if len(first) != len(second):
        return True
    different = [place for place in range(len(first)) if first[place] != second[place]]
    if len(different) < 2:  # noqa: PLR2004 - one letter for another
        return True
    left, right = different[0], different[-1]
    swapped = first[left] == second[right] and first[right] == second[left]
    return right == left + 1 and swapped and len(different) == 2  # noqa: PLR2004 - two neighbours


_SHORTEST = 5
_REAL = frozenset(REAL_WORDS.split()) | listed(
    SPELLED,
    NOT_HELD,
    LEARNERS,
    STUDENTS,
    HELPERS,
    *(words for _, *lists in (*LEVELS, *FUNCTIONS) for words in lists),
)
_SLIPS: dict[str, list[str]] = {}
for _known in SPELLED.split():
    for _variant in _shortened(_known):
        _SLIPS.setdefault(_variant, []).append(_known)
