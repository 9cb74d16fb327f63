"""Files that HubSpot makes and names by address: exports and the journal's. The address itself is the permission."""

from dataclasses import dataclass, field
from http import HTTPStatus
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import urljoin

import urllib3

from connectors.addresses import is_https_below, is_loopback, parts_of
from connectors.transport import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, redact
from core.errors import ContractError, ShortlistError, TransientError

_HOSTS = ("amazonaws.com", "hubspot.com", "hubapi.com", "hubspotusercontent.com")
# Assumption: no list is documented. The journal's files lie in Amazon S3 (documented), exports behind HubSpot's own.
_HOPS = 3
_PART = 1 << 18
_REFUSED = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class Expired(ShortlistError):
    """The address is good no more; a new one must be asked for. Never leaves the folder of this CRM."""


def _pool(ca_file: str | None) -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_SECONDS, read=READ_TIMEOUT_SECONDS)
    return urllib3.PoolManager(maxsize=1, timeout=timeout, retries=False, ca_certs=ca_file)


@dataclass(frozen=True, slots=True)
class Files:
    """Fetches files, without our token, from HubSpot and the store behind it only."""

    host: str
    emulator: bool
    ca_file: str | None = None
    _connections: urllib3.PoolManager = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_connections", _pool(self.ca_file))

    def fetch(self, url: str, operation: str) -> IO[bytes]:
        """The file at an address, whole and without a name on the disk; it is gone when it is closed.

        Raises Expired, TransientError for a file that breaks off, ContractError for an address elsewhere.
        """
        file = TemporaryFile()  # noqa: SIM115 the caller closes it
        try:
            self._copy(url, operation, file)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def _copy(self, url: str, operation: str, file: IO[bytes]) -> None:
        for _ in range(_HOPS):
            self._demand_known(url, operation)
            try:
                following = self._take(url, operation, file)
            except urllib3.exceptions.HTTPError as error:
                words = f"The file of {operation} cannot be fetched: {type(error).__name__}."
                raise TransientError(words) from error
            if following is None:
                return
            url = urljoin(url, following)
        raise ContractError(f"{self.host} sends {operation} from one address to the next.")

    def _take(self, url: str, operation: str, file: IO[bytes]) -> str | None:
        """Write the body into the file; where the answer sends us elsewhere, give that address."""
        answer = self._connections.request("GET", url, preload_content=False, redirect=False)
        try:
            if answer.status == HTTPStatus.OK:
                for part in answer.stream(_PART):
                    file.write(part)
                return None
            following = answer.headers.get("location")
            if not following:
                raise _failed(answer.status, operation)
            return following
        finally:
            answer.close()

    def _demand_known(self, url: str, operation: str) -> None:
        parts = parts_of(url)
        if parts and self.emulator and is_loopback(parts) and parts.scheme in ("http", "https"):
            return
        if parts is None or not is_https_below(parts, _HOSTS):
            where = redact(f"{parts.scheme}://{parts.hostname}") if parts else "an address that is none"
            raise ContractError(f"{self.host} names a file of {operation} at {where}, which is not fetched.")


def _failed(status: int, operation: str) -> ShortlistError:
    if status in _REFUSED:
        return Expired(f"The address of {operation} has expired (HTTP {status}).")
    return TransientError(f"The file of {operation} cannot be fetched: HTTP {status}.")
