"""Seniority and function from a job title, in English, German, French and Spanish.

Words are looked for after accents are removed, so "Geschäftsführer" and "Geschaeftsfuehrer" are both found.
"""

import re
import unicodedata

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _words(listed: str) -> re.Pattern[str]:
    """A pattern for whole words, from patterns between commas."""
    patterns = (pattern.strip() for pattern in listed.split(","))
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_NOTHING = re.compile(r"(?!)")

# Highest first; each with the words that make it something else after all.
_LEVELS: tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...] = (
    (
        # Somebody's helper carries the other person's title in theirs.
        "individual",
        _words("assistant to, assistante? de, executive assistant, secretary, assistenz, intern"),
        _NOTHING,
    ),
    ("vp", _words("vp, svp, evp, avp, rvp, vice[ -]?president[ea]?"), _NOTHING),
    (
        "c_level",
        _words(
            r"c[a-z]?[efimotrspd]o, chief(?: [a-z&]+)+ officer, chief of staff, (?:co[ -]?)?founder,"
            "(?:co[ -]?)?owner, president[ea]?, managing director, chairman, chairwoman,"
            "geschaeftsfuehr(?:er|erin|end[a-z]*), geschaftsfuhrer(?:in)?, vorstand(?:s[a-z]*)?,"
            "inhaber(?:in)?, gruender(?:in)?, pdg, directeur general, directrice generale, "
            "(?:co[ -]?)?fondat(?:eur|rice),"
            "(?:co[ -]?)?fundador(?:a)?, director(?:a)? general, consejer[oa] delegad[oa], gerente general"
        ),
        _words("product owner, process owner"),
    ),
    (
        "director",
        _words(
            "director(?:a)?, head, directeur, directrice, [a-z]*leiter(?:in)?, [a-z]*direktor(?:in)?,"
            "prokurist(?:in)?, jef[ea] de, partner, principal, general counsel"
        ),
        _words("team ?leiter(?:in)?, gruppenleiter(?:in)?, projektleiter(?:in)?"),
    ),
    (
        "manager",
        _words(
            "manager(?:in)?, mgr, lead, leader, supervisor, team ?leiter(?:in)?, gruppenleiter(?:in)?,"
            "projektleiter(?:in)?, responsable, chef(?:fe)?, gerente, coordinador(?:a)?, encargad[oa]"
        ),
        _words("account manager"),
    ),
    (
        "individual",
        _words(
            "account manager, analyst(?:in)?, analista, analyste, specialist, engineer, developer, associate,"
            "assistante?, administrator, consultante?, representative, executive, coordinator, designer,"
            "scientist, architect, accountant, buyer, advisor, recruiter, product owner, process owner,"
            "sdr, bdr, entwickler(?:in)?, ingenieur(?:in|e)?, referent(?:in)?,"
            "sachbearbeiter(?:in)?, mitarbeiter(?:in)?, einkaeufer(?:in)?, chargee? de, acheteu(?:r|se),"
            "ingenier[oa], tecnic[oa], comprador(?:a)?"
        ),
        _NOTHING,
    ),
)

# The first that a title names; the narrow ones come before the wide ones.
_FUNCTIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "legal",
        _words(
            "legal, counsel, compliance, juristin, juriste?, juridique, juridico, rechts[a-z]*,"
            "justiziar(?:in)?"
        ),
    ),
    (
        "procurement",
        _words(
            "procurement, purchasing, sourcing, buyer, einkauf[a-z]*, einkaeufer(?:in)?, achats?,"
            "acheteu(?:r|se), compras, comprador(?:a)?"
        ),
    ),
    (
        "finance",
        _words(
            "cfo, finance, financial, controller, controlling, accounting, accountant, treasurer,"
            "finanz[a-z]*, buchhaltung, financiere?, daf, finanzas, financier[oa]"
        ),
    ),
    ("marketing", _words("cmo, marketing, brand, demand generation, growth, content, mercadotecnia")),
    (
        "sales",
        _words(
            "cro, sales, revenue, account executive, account manager, business development, sdr, bdr,"
            "vertrieb[a-z]*, ventes?, commerciale?, ventas, comercial"
        ),
    ),
    ("security", _words("ciso, security, sicherheit[a-z]*, securite, seguridad")),
    (
        "it",
        _words(
            "cio, it, information technology, systems?, infrastructure, informatique, informatik,"
            "dsi, sistemas"
        ),
    ),
    (
        "engineering",
        _words(
            "cto, engineering, engineer, developer, software, technical, technology, architect, technik,"
            "entwicklung[a-z]*, entwickler(?:in)?, technique, ingenieur(?:in|e)?, ingenier[oa], tecnologia"
        ),
    ),
    ("product", _words("cpo, product, produkt[a-z]*, produit, producto")),
    ("operations", _words("coo, operations?, ops, logistics, supply chain, betrieb[a-z]*, operaciones")),
    (
        "people",
        _words(
            "chro, hr, human resources, people, talent, recruiter, personal[a-z]*, ressources humaines, drh,"
            "recursos humanos"
        ),
    ),
    ("customer", _words("customer, support, client, kunden[a-z]*, service")),
)


def seniority(title: str | None) -> str:
    """One of SENIORITIES; the highest level that the title names."""
    text = _plain(title)
    for level, pattern, otherwise in _LEVELS:
        if pattern.search(text) and not otherwise.search(text):
            return level
    return "unknown"


def function(title: str | None) -> str:
    """The department that the title names, "unknown" when it names none."""
    text = _plain(title)
    return next((name for name, pattern in _FUNCTIONS if pattern.search(text)), "unknown")


def _plain(title: str | None) -> str:
    """Lower case without accents or punctuation; German umlauts become two letters."""
    lowered = unicodedata.normalize("NFC", title or "").lower().translate(_UMLAUTS)
    decomposed = unicodedata.normalize("NFKD", lowered)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9& -]+", " ", letters).split())
