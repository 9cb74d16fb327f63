"""simple-salesforce's Bulk API 2.0 as its README shows it, its CSV read into rows. Arguments: url, session id, SOQL."""

import csv
import io
import sys
from typing import Any
from urllib.parse import urlsplit

import requests
from report import report  # type: ignore[import-not-found]  # its folder is put on the path
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

url, session_id, soql = sys.argv[1:]


class Plain(HTTPAdapter):
    """Sends over http what is meant for https: the client knows no other scheme, the emulator no TLS."""

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send a request without TLS."""
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, *args, **options)


session = requests.Session()
session.mount("https://", Plain())
client: Any = Salesforce(
    instance=urlsplit(url).netloc, session_id=session_id, session=session, version="66.0"
)


def work() -> int:
    """Read every contact; nothing is stored."""
    pages = client.bulk2.Contact.query(soql)
    return sum(len(list(csv.DictReader(io.StringIO(page, newline="")))) for page in pages)


report("simple-salesforce", "bulk2.query and csv.DictReader", url, work, stored=False)
