"""Bodies that a CRM packed for the way."""

import gzip
import zlib
from collections.abc import Mapping
from http.client import HTTPException


def unpacked(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body as its headers (names in lower case) say it was before; raises HTTPException where it is damaged."""
    if not body or headers.get("content-encoding", "").lower() not in ("gzip", "x-gzip"):
        return body
    try:
        return gzip.decompress(body)
    except (EOFError, OSError, zlib.error) as error:
        raise HTTPException(f"An answer cannot be unpacked: {error}") from error
