"""Reading an address that may lead our credentials somewhere: once, and in one way only."""

from urllib.parse import SplitResult, urlsplit

HTTPS_PORT = 443
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def parts_of(url: str) -> SplitResult | None:
    """The parts of an address; None where it is none, names a user, or could be read in two ways.

    Letters beyond ASCII are refused with it: some become a dot or a slash when a host is looked up.
    """
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 raises for a port that is no number
    except ValueError:
        return None
    return None if "@" in parts.netloc or "%" in parts.netloc else parts


def is_loopback(parts: SplitResult) -> bool:
    """Whether an address is on this machine, where an emulator may be."""
    return (parts.hostname or "") in _LOOPBACK


def is_https_below(parts: SplitResult, domains: tuple[str, ...]) -> bool:
    """Whether an address is https on the usual port of one of these domains, or of a host below one."""
    host = f".{parts.hostname or ''}"
    is_https = parts.scheme == "https" and parts.port in (None, HTTPS_PORT)
    return is_https and host.endswith(tuple(f".{domain}" for domain in domains))


def is_bare(parts: SplitResult) -> bool:
    """Whether an address names a host and nothing of what is there."""
    return not (parts.path.strip("/") or parts.query or parts.fragment)
