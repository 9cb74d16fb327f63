"""simple-salesforce's Bulk API 2.0 as its README shows it, its CSV read into rows. Arguments: url, session id, SOQL."""

import csv
import io
import sys
from typing import Any
from urllib.parse import urlsplit

from loopback import map_hosts  # type: ignore[import-not-found]  # its folder is put on the path
from report import report  # type: ignore[import-not-found]
from simple_salesforce.api import Salesforce

url, session_id, soql = sys.argv[1:]
host = urlsplit(url).netloc
map_hosts(url, host)  # the client knows no other scheme than https, the emulator no TLS
client: Any = Salesforce(instance=host, session_id=session_id, version="66.0")


def work() -> int:
    """Read every contact; nothing is stored."""
    pages = client.bulk2.Contact.query(soql)
    return sum(len(list(csv.DictReader(io.StringIO(page, newline="")))) for page in pages)


report("simple-salesforce", "bulk2.query and csv.DictReader", url, work, stored=False)
