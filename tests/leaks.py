"""The last look of a test run: no file that the tests have left below their folder may hold a secret (S03).

What is looked for are the secrets that the emulators publish, those that tests make up for the purpose, and the
forms of the tokens that the emulators give out.
"""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PUBLISHED = (
    b"demo-secret",
    b"demo-token",
    b"canary-client-secret",
    b"canary-signals-token",
    b"-canary-token-",
)
_SHAPES = (
    rb"00D\w{12}!AQ[\w-]{60}",  # a session of Salesforce
    rb"5Aep[\w.-]{40}",  # a refresh token of Salesforce
    rb"na1-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-",  # a refresh token of HubSpot
    rb"Bearer [\w.!-]{20}",
    rb"refresh_token=[\w.!%-]{10}",
    rb"client_secret=[\w.!%-]{8}",
    rb"BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
)
"""Each begins with plain letters, which are quick to look for."""
_FORBIDDEN = tuple(re.compile(one) for one in (*(re.escape(secret) for secret in PUBLISHED), *_SHAPES))


class Purpose(NamedTuple):
    """Files of these names in the folders of these tests hold a secret on purpose."""

    test: str
    file: str
    why: str


ON_PURPOSE = (
    Purpose("", r"127\.0\.0\.\d\.pem", "the key of a test's own TLS server"),
    Purpose("", r"key\.pem", "the keys of other servers that tests start"),
    Purpose("test_s03_a_run_that_leaves", r"std(out|err)", "what the run inside a test says of its own leak"),
    Purpose("tree", r".*\.pyc?", "copies of our own source, the emulators' published secrets among it"),
    Purpose("sf0/", r".*", "what Salesforce's own command line keeps in its home"),
)


def leaks(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below a folder that holds what it must not, and what that looks like."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or is_on_purpose(path.relative_to(folder)):
            continue
        found = _leak(path)
        if found is not None:
            yield path, found


def is_on_purpose(path: Path) -> bool:
    """Whether the rules above name a file."""
    return any(one.test in path.as_posix() and re.fullmatch(one.file, path.name) for one in ON_PURPOSE)


def _leak(path: Path) -> str | None:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _found(content)
    except (ValueError, OSError):  # an empty file, or one that has just gone
        return None


def _found(content: mmap.mmap) -> str | None:
    found = next((match for shape in _FORBIDDEN if (match := shape.search(content))), None)
    return None if found is None else f"{bytes(found[0])[:12].decode(errors='replace')}…"
