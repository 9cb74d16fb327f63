"""simple-salesforce as its README shows it: query_all. Arguments: url, session id, SOQL, refresh token (unused)."""

import sys
from typing import Any
from urllib.parse import urlsplit

import requests
from report import report  # type: ignore[import-not-found]  # its folder is put on the path
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

url, session_id, soql, _ = sys.argv[1:]


class Plain(HTTPAdapter):
    """Sends over http what is meant for https: the client knows no other scheme, the emulator no TLS."""

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send a request without TLS."""
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, *args, **options)


session = requests.Session()
session.mount("https://", Plain())
client = Salesforce(instance=urlsplit(url).netloc, session_id=session_id, session=session, version="66.0")


def work() -> int:
    """Read every contact; nothing is stored."""
    return len(client.query_all(soql)["records"])


report("simple-salesforce", "query_all", url, work, stored=False)
