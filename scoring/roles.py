"""The buying role of a person, from what the CRM holds or else from the title.

What a person set in the CRM always wins over what is inferred.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from scoring.spec import BUYING_ROLES
from scoring.titles import read_title

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
    """A person's part in a purchase; confidence is 1.0 where a person set it, 0.0 for nothing."""

    seniority: str
    function: str
    buying_roles: tuple[str, ...]
    confirmed: bool
    confidence: float


@lru_cache(maxsize=65_536)
def resolve(title: str | None, crm_role: str | None) -> Role:
    """The role of a person: the CRM's value where there is one, else inferred from the title."""
    read = read_title(title)
    level, area = read.seniority, read.function
    if crm_role is not None and crm_role.strip():
        return Role(level, area, crm_roles(crm_role), confirmed=True, confidence=1.0)
    inferred, confidence = infer(level, area) if read.buys else (None, 0.0)
    return Role(level, area, (inferred,) if inferred else (), confirmed=False, confidence=confidence)


def crm_roles(text: str) -> tuple[str, ...]:
    """Our roles for a CRM's value: HubSpot's `CHAMPION;DECISION_MAKER`, Salesforce's "Economic Buyer".

    A value we have no word for ("Other") is a person's value too: it gives no role and stops inference.
    """
    found = {_CRM_ROLES[part] for part in role_names(text) if part in _CRM_ROLES}
    return tuple(role for role in BUYING_ROLES if role in found)


def role_names(text: str) -> frozenset[str]:
    """The single names in a CRM's value, in lower case words: "CHAMPION;END_USER" holds "end user"."""
    parts = re.split(r"[;,]", text)
    return frozenset(" ".join(re.split(r"[\s_/-]+", part.strip().casefold())) for part in parts)


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
