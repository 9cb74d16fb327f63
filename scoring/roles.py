"""Seniority, function and buying role of a person, from the title and from what the CRM holds.

A title is read in English, German, French and Spanish. Words are looked for after accents are removed, so
"Geschäftsführer" and "Geschaeftsfuehrer" are both found. What a person set in the CRM always wins.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from scoring.spec import BUYING_ROLES

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_ASSISTANT = _words(r"assistant to", r"assistante? de", r"executive assistant", "secretary", "assistenz", "intern")
"""Somebody's helper carries the other person's title in theirs."""
_VP = _words("vp", "svp", "evp", "avp", "rvp", r"vice[ -]president", r"vicepresident[ea]?", r"vice[ -]presidente?")
_C_LEVEL = _words(
    r"c[a-z]?[efimotrspd]o",
    r"chief(?: [a-z&]+){1,4} officer",
    r"chief of staff",
    r"(?:co[ -]?)?founder",
    r"(?:co[ -]?)?owner",
    "president[ea]?",
    r"managing director",
    "geschaeftsfuehrer(?:in)?",
    "geschaftsfuhrer(?:in)?",
    "geschaeftsfuehrend[a-z]*",
    "vorstand(?:s[a-z]*)?",
    "inhaber(?:in)?",
    r"gruender(?:in)?",
    "pdg",
    r"directeur general",
    r"directrice generale",
    r"(?:co[ -]?)?fondat(?:eur|rice)",
    r"(?:co[ -]?)?fundador(?:a)?",
    r"director(?:a)? general",
    r"consejero delegado",
    r"consejera delegada",
    r"gerente general",
    "chairman",
    "chairwoman",
)
_NOT_C_LEVEL = _words(r"product owner", r"process owner", r"deputy cfo")
_DIRECTOR = _words(
    "director(?:a)?",
    r"head(?: of)?",
    "directeur",
    "directrice",
    r"(?:[a-z]+)?leiter(?:in)?",
    r"(?:[a-z]+)?direktor(?:in)?",
    r"prokurist(?:in)?",
    r"jefe de",
    r"jefa de",
    "partner",
    "principal",
    "general counsel",
)
_TEAM_LEAD = _words(r"team ?leiter(?:in)?", r"gruppenleiter(?:in)?", r"projektleiter(?:in)?")
_MANAGER = _words(
    "manager(?:in)?",
    "mgr",
    "lead",
    "leader",
    "supervisor",
    "teamleiter(?:in)?",
    "gruppenleiter(?:in)?",
    "projektleiter(?:in)?",
    "responsable",
    "chef(?:fe)?(?: de| du)?",
    "gerente",
    "coordinador(?:a)?",
    "encargad[oa]",
)
_INDIVIDUAL = _words(
    "analyst(?:in)?",
    "analista",
    "analyste",
    "specialist",
    "engineer",
    "developer",
    "entwickler(?:in)?",
    "ingenieur(?:in|e)?",
    "ingeniero",
    "ingeniera",
    "associate",
    "assistant(?:e)?",
    "administrator",
    "consultant(?:e)?",
    "representative",
    "executive",
    "coordinator",
    "designer",
    "scientist",
    "architect",
    "accountant",
    "buyer",
    "advisor",
    "recruiter",
    "sachbearbeiter(?:in)?",
    "referent(?:in)?",
    "mitarbeiter(?:in)?",
    "assistenz",
    "intern",
    "secretary",
    "charge(?:e)? de",
    "product owner",
    "process owner",
    "tecnico",
    "comprador(?:a)?",
    "acheteu(?:r|se)",
    "einkaeufer(?:in)?",
    "sdr",
    "bdr",
)

_FUNCTIONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("legal", _words("legal", "counsel", "compliance", "juriste?", "juridique", "juridico", "rechts[a-z]*", "justiziar(?:in)?")),
    ("procurement", _words("procurement", "purchasing", "sourcing", "buyer", "einkauf[a-z]*", "einkaeufer(?:in)?", "achats?", "acheteu(?:r|se)", "compras", "comprador(?:a)?")),
    ("finance", _words("cfo", "finance", "financial", "controller", "controlling", "accounting", "accountant", "treasurer", "finanz[a-z]*", "buchhaltung", "financier", "financiere", "daf", "finanzas", "financiero", "financiera")),
    ("marketing", _words("cmo", "marketing", "brand", "demand generation", "growth", "content", "mercadotecnia")),
    ("sales", _words("cro", "sales", "revenue", "account executive", "business development", "vertrieb[a-z]*", "ventes?", "commercial[e]?", "ventas", "comercial", "sdr", "bdr")),
    ("security", _words("ciso", "security", "sicherheit[a-z]*", "securite", "seguridad")),
    ("it", _words("cio", "it", "information technology", "systems?", "infrastructure", "informatique", "informatik", "dsi", "sistemas", "edv")),
    ("engineering", _words("cto", "engineering", "engineer", "developer", "software", "technical", "technology", "architect", "entwicklung[a-z]*", "entwickler(?:in)?", "technik", "technique", "ingenieur(?:in|e)?", "ingeniero", "ingeniera", "tecnologia")),
    ("product", _words("cpo", "product", "produkt[a-z]*", "produit", "producto")),
    ("operations", _words("coo", "operations?", "ops", "logistics", "supply chain", "betrieb[a-z]*", "operaciones")),
    ("people", _words("chro", "hr", "human resources", "people", "talent", "recruiter", "personal[a-z]*", "ressources humaines", "drh", "recursos humanos")),
    ("customer", _words("customer", "support", "client", "kunden[a-z]*", "service")),
)  # fmt: skip

_CRM_ROLES = {
    "budget": "budget_holder",
    "economic buyer": "budget_holder",
    "economic decision maker": "budget_holder",
    "business user": "end_user",
    "user": "end_user",
    "evaluator": "influencer",
    "technical buyer": "influencer",
    "technical evaluator": "influencer",
    "recommender": "influencer",
    "approver": "decision_maker",
    "sponsor": "executive_sponsor",
    "coach": "champion",
    "legal and compliance": "legal",
    "gatekeeper": "blocker",
    "detractor": "blocker",
} | {role.replace("_", " "): role for role in BUYING_ROLES}


@dataclass(frozen=True, slots=True)
class Role:
    """What is known of a person's part in a purchase; confidence is 1.0 where a person set it, 0.0 for nothing."""

    seniority: str
    function: str
    buying_roles: tuple[str, ...]
    confirmed: bool
    confidence: float


@lru_cache(maxsize=65_536)
def resolve(title: str | None, crm_role: str | None) -> Role:
    """The role of a person: the CRM's value where there is one, else inferred from the title."""
    level, area = seniority(title), function(title)
    if crm_role is not None and crm_role.strip():
        return Role(level, area, crm_roles(crm_role), confirmed=True, confidence=1.0)
    inferred, confidence = infer(level, area)
    return Role(level, area, (inferred,) if inferred else (), confirmed=False, confidence=confidence)


def crm_roles(text: str) -> tuple[str, ...]:
    """Our roles for a CRM's value: HubSpot's `CHAMPION;DECISION_MAKER`, Salesforce's "Economic Buyer".

    A value we have no word for ("Other") is a person's value too: it gives no role and stops inference.
    """
    parts = (" ".join(re.split(r"[\s_/-]+", part.strip().casefold())) for part in re.split(r"[;,]", text))
    found = {_CRM_ROLES[part] for part in parts if part in _CRM_ROLES}
    return tuple(role for role in BUYING_ROLES if role in found)


def seniority(title: str | None) -> str:
    """One of SENIORITIES; the highest level that the title names."""
    text = _plain(title)
    if not text:
        return "unknown"
    if _ASSISTANT.search(text):
        return "individual"
    if _VP.search(text):
        return "vp"
    if _C_LEVEL.search(text) and not _NOT_C_LEVEL.search(text):
        return "c_level"
    if _DIRECTOR.search(text) and not _TEAM_LEAD.search(text):
        return "director"
    if _MANAGER.search(text) and not re.search(r"\baccount manager\b", text):
        return "manager"
    return "individual" if _INDIVIDUAL.search(text) or "account manager" in text else "unknown"


def function(title: str | None) -> str:
    """The department that the title names, "unknown" when it names none."""
    text = _plain(title)
    return next((name for name, pattern in _FUNCTIONS if pattern.search(text)), "unknown")


def infer(level: str, area: str) -> tuple[str | None, float]:
    """The likeliest buying role of a level and a function, with a confidence between 0 and 1.

    Assumption: the pairs and confidences are our judgement of common practice, not measured ones.
    """
    senior = level in {"c_level", "vp", "director"}
    if area == "legal":
        return "legal", 0.8
    if area == "procurement" or (area == "finance" and senior):
        return "budget_holder", 0.7
    return {
        "c_level": ("executive_sponsor", 0.6),
        "vp": ("decision_maker", 0.6),
        "director": ("decision_maker", 0.5),
        "manager": ("influencer", 0.4),
        "individual": ("end_user", 0.4),
    }.get(level, (None, 0.0))


def _plain(title: str | None) -> str:
    """Lower case without accents or punctuation; German umlauts become two letters."""
    lowered = unicodedata.normalize("NFC", title or "").lower().translate(_GERMAN)
    decomposed = unicodedata.normalize("NFKD", lowered)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^a-z0-9& -]+", " ", letters).split())
