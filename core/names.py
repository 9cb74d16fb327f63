"""Company names: what is left without legal forms, how alike two are, and whether one goes with a domain.

Likeness never links anything by itself. It makes suggestions, and it holds back a link that a domain alone
would make.
"""

import re
import unicodedata
from functools import lru_cache

from rapidfuzz.fuzz import token_set_ratio, token_sort_ratio

_LEGAL = frozenset(
    """
    inc incorporated corp corporation co company cos llc llp lp ltd limited plc gmbh mbh ag se kg kgaa ohg ug gbr ev
    eg sa sas sasu sarl srl srls spa snc bv nv vof cv cvba bvba ab as asa oy oyj aps is hf ehf pty pte pvt private
    pt tbk sdn bhd kk gk kabushiki kaisha zrt kft rt nyrt sro spol doo dd ad ood eood jsc pjsc ooo oao zao pao
    sp zoo z o o spzoo sl slu sau ltda eireli cia cv de rl sab fzco fze fzc llc dmcc wll bsc saog ltee cooperative
    """.split()  # noqa: SIM905 names read better as a text
)
_FILLERS = frozenset(
    {"the", "and", "und", "et", "y", "e", "of", "der", "die", "das", "la", "le", "les", "el"}
)
_COMMON = frozenset(
    """
    group holding holdings international global worldwide services service solutions systems technologies technology
    tech consulting partners capital bank financial finance insurance media digital software industries industrial
    energy health healthcare medical pharma logistics transport foods food retail trading engineering construction
    hotel hotels university college school institute foundation association federal national first united american
    europe european germany deutschland france italia china india japan america north south east west city
    center centre club studio studios labs agency marketing design company management manufacturing
    products properties realty real estate security network networks communications telecom electric power water
    restaurant cafe store shop auto motors automotive aviation airlines steel metal plastics chemical chemicals
    """.split()  # noqa: SIM905
)
"""Words that many companies have in their names: sharing one means nothing."""
_PLACEHOLDERS = frozenset(
    {"", "unknown", "na", "none", "test", "not provided", "notprovided", "self", "selfemployed", "self employed",
     "individual", "private", "privat", "freelance", "freelancer", "null", "tbd", "company", "account", "x", "xx",
     "new", "no name", "noname", "home", "personal", "n a"}
)  # fmt: skip
_LETTERS = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "æ": "ae",
        "ø": "oe",
        "å": "aa",
        "ł": "l",
        "đ": "d",
        "œ": "oe",
    }
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "þ": "th", "ð": "d"}
    | dict.fromkeys("\N{RIGHT SINGLE QUOTATION MARK}'`.", "")
)
_ASIDES = re.compile(r"\([^)]*\)|\[[^\]]*\]|\b(?:d/?b/?a|formerly|fka|f/k/a|c/o)\b.*")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+")

_TELLING = 4
"""Letters that a word needs to tell one company from another."""
_NEAR = 70.0
_CLOSE = 86.0


@lru_cache(maxsize=100_000)
def core_name(name: str) -> str:
    """The telling words of a company's name in plain letters, "" for a placeholder.

    Müller & Söhne GmbH gives mueller soehne.
    """
    text = unicodedata.normalize("NFKC", name).casefold().translate(_LETTERS)
    text = _plain(_ASIDES.sub(" ", text)) or _plain(text)
    words = [word for word in _WORD.findall(text.replace("a/s", "as")) if word not in _FILLERS]
    core = list(words)
    while core and core[-1] in _LEGAL:
        core.pop()
    while len(core) > 1 and core[0] in _LEGAL:
        core.pop(0)
    found = " ".join(core or words)
    return "" if found in _PLACEHOLDERS else found


def _plain(text: str) -> str:
    """Without accents."""
    split = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in split if not unicodedata.combining(letter)).strip()


def likeness(first: str, second: str) -> float:
    """How alike two names without their legal forms are: 0, or 0.7 to 1; 0 where one is missing.

    Both are what core_name gave. Different numbers in them (Studio 54, Studio 55) mean different companies.
    """
    if not first or not second:
        return 0.0
    if first.replace(" ", "") == second.replace(" ", ""):
        return 1.0
    found = float(token_sort_ratio(first, second, score_cutoff=_NEAR)) / 100.0
    return found if found and _NUMBER.findall(first) == _NUMBER.findall(second) else 0.0


def telling_words(core: str) -> frozenset[str]:
    """The words of a core name that tell it from others."""
    return frozenset(word for word in core.split() if len(word) >= _TELLING and word not in _COMMON)


def contradicts(first: str, second: str, domain: str) -> bool:
    """Whether two names under one domain are hardly the same company: neither alike nor both its namesakes."""
    if not is_readable(first) or not is_readable(second) or _related(first, second):
        return False
    return not (fits(first, domain) and fits(second, domain))


def is_readable(core: str) -> bool:
    """Whether a name can be compared at all: it is there, and in letters that domains have."""
    return any("a" <= letter <= "z" for letter in core)


def _related(first: str, second: str) -> bool:
    one, other = set(first.split()), set(second.split())
    if not telling_words(first).isdisjoint(telling_words(second)):
        return True
    if _initials(first) == second.replace(" ", "") or _initials(second) == first.replace(" ", ""):
        return True
    squashed = sorted((first.replace(" ", ""), second.replace(" ", "")), key=len)
    if len(squashed[0]) >= _TELLING and squashed[1].startswith(squashed[0]):
        return True
    telling = [" ".join(sorted(words - _COMMON)) for words in (one, other)]
    if all(telling):
        return float(token_set_ratio(*telling)) >= _NEAR
    return float(token_sort_ratio(first, second)) >= _CLOSE


@lru_cache(maxsize=100_000)
def fits(core: str, label: str) -> bool:
    """Whether a name goes with the label of a domain (core.domains.domain_label): its start, a word, initials."""
    squashed, plain = core.replace(" ", ""), core_name(label).replace(" ", "") or label
    if not squashed or not plain:
        return False
    if min(len(squashed), len(plain)) >= 3 and (squashed.startswith(plain) or plain.startswith(squashed)):  # noqa: PLR2004 two letters say too little
        return True
    if any(word in plain for word in telling_words(core)) or (len(plain) >= _TELLING and plain in squashed):
        return True
    return _initials(core) == plain or float(token_sort_ratio(squashed, plain)) >= _CLOSE


def _initials(core: str) -> str:
    words = core.split()
    return "".join(word[0] for word in words) if len(words) > 1 else ""
