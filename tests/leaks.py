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
    (b"!AQ", re.compile(rb"00D\w{12}!AQ[\w-]{60,}")),  # a session of Salesforce
    (b"5Aep", re.compile(rb"5Aep[\w.-]{40,}")),  # a refresh token of Salesforce
    (b"na1-", re.compile(rb"na1-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-")),  # a refresh token of HubSpot
    (b"Bearer ", re.compile(rb"Bearer [\w.!-]{20,}")),
    (b"refresh_token=", re.compile(rb"refresh_token=[\w.!%-]{10,}")),
    (b"client_secret=", re.compile(rb"client_secret=[\w.!%-]{8,}")),
    (b"PRIVATE KEY-----", re.compile(rb"BEGIN [A-Z ]*PRIVATE KEY-----")),
)
"""What begins or marks a token, which is quick to find, and the whole form."""
_REACH = 32
"""How far a form begins before its mark, at most."""


class Purpose(NamedTuple):
    """Files of these names in the folders of these tests hold a secret on purpose."""

    test: str
    file: str
    why: str


ON_PURPOSE = (
    Purpose("", r"127\.0\.0\.\d\.pem", "the key of a test's own TLS server"),
    Purpose("", r"server\.key|jwt\.key|.*private.*", "keys that tests hand to other programs"),
    Purpose("test_s03_a_run_that_leaves", r"std(out|err)", "what the run inside a test says of its own leak"),
    Purpose("sfcli", r".*", "what Salesforce's own command line keeps in its home"),
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
    for secret in PUBLISHED:
        if content.find(secret) >= 0:
            return secret.decode()
    for mark, shape in _SHAPES:
        place = content.find(mark)
        while place >= 0:
            if shape.search(content, max(place - _REACH, 0), place + 1_000):
                return f"something like {mark.decode()}…"
            place = content.find(mark, place + 1)
    return None
