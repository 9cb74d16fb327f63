"""Which hosts may see our credentials, and what a host's name tells.

Every address that a token is sent to passes here: the configured one, the one a sign-in names, and those of
next pages. The names are those of Salesforce's help, "My Domain URL Formats".
"""

from urllib.parse import SplitResult, urlsplit

from connectors.transport import redact
from core.errors import ContractError

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Sandboxes are below .sandbox.my.salesforce.com; .mil is Government Cloud Plus - Defense.
_VENDOR = (".my.salesforce.com", ".salesforce.com", ".force.com", ".my.salesforce.mil", ".salesforce.mil")
_TEST_PARTS = ("sandbox", "scratch")
_HTTPS_PORT = 443
LOGIN_URL, TEST_LOGIN_URL = "https://login.salesforce.com", "https://test.salesforce.com"


def host_allowed(url: str, *, emulator: bool) -> bool:
    """Whether our credentials may be sent there: Salesforce over https, or this machine for an emulator."""
    parts = _split(url)
    if parts is None or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        return False
    host = parts.hostname or ""
    if emulator and host in _LOOPBACK:
        return parts.scheme in ("http", "https")
    return parts.scheme == "https" and parts.port in (None, _HTTPS_PORT) and host.endswith(_VENDOR)


def path_below(base: str, url: str, prefix: str) -> str:
    """The path and query of an address that Salesforce names, relative or absolute.

    Raises ContractError where it leads to another host than `base`, or not below the path `prefix`.
    """
    parts = _split(url)
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
    return (urlsplit(url).hostname or "") in _LOOPBACK


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None where it is none, or would be read in two ways."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 raises for a port that is no number
    except ValueError:
        return None
    return parts
