"""Which hosts may see our credentials, and what a host's name tells.

Every address that a token is sent to passes here: the configured one, the one a sign-in names, and those of
next pages. The names are those of Salesforce's help, "My Domain URL Formats".
"""

from urllib.parse import urlsplit

from connectors import addresses
from connectors.addresses import is_bare, is_https_below, parts_of
from connectors.transport import redact
from core.errors import ContractError

# Sandboxes are below .sandbox.my.salesforce.com; .mil is Government Cloud Plus - Defense.
_VENDOR = ("salesforce.com", "force.com", "salesforce.mil")
_TEST_PARTS = ("sandbox", "scratch")
LOGIN_URL, TEST_LOGIN_URL = "https://login.salesforce.com", "https://test.salesforce.com"


def host_allowed(url: str, *, emulator: bool) -> bool:
    """Whether our credentials may be sent there: Salesforce over https, or this machine for an emulator."""
    parts = parts_of(url)
    if parts is None or not is_bare(parts):
        return False
    if emulator and addresses.is_loopback(parts):
        return parts.scheme in ("http", "https")
    return is_https_below(parts, _VENDOR)


def path_below(base: str, url: str, prefix: str) -> str:
    """The path and query of an address that Salesforce names, relative or absolute.

    Raises ContractError where it leads to another host than `base`, or not below the path `prefix`.
    """
    parts = parts_of(url)
    if parts is not None and parts.netloc:
        there, here = (parts.scheme, parts.netloc.lower()), urlsplit(base)
        parts = parts if there == (here.scheme, here.netloc.lower()) else None
    elif parts is not None and parts.scheme:
        parts = None
    if parts is None or not parts.path.startswith(prefix) or ".." in parts.path or "%" in parts.path:
        raise ContractError(f"{urlsplit(base).netloc} names an address elsewhere: {redact(url[:80])!r}.")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def is_test_org(url: str) -> bool:
    """Whether the name of a host says sandbox or scratch org."""
    host = urlsplit(url).hostname or ""
    first, *rest = host.split(".")
    # Before enhanced domains a sandbox was COMPANY--NAME.my.salesforce.com.
    return host == "test.salesforce.com" or "--" in first or any(part in _TEST_PARTS for part in rest)


def kind_of(url: str) -> str:
    """What to call the org behind a host, in a message."""
    return "a sandbox or scratch org" if is_test_org(url) else "a production org"


def login_url(url: str) -> str:
    """The log-in host of an org's kind: what a JWT names as its audience."""
    return TEST_LOGIN_URL if is_test_org(url) else LOGIN_URL


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    return addresses.is_loopback(urlsplit(url))
