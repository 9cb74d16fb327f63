"""simple-salesforce as its README shows it: query_all. Arguments: url, session id, SOQL, refresh token (unused)."""

import sys
from urllib.parse import urlsplit

from loopback import map_hosts  # type: ignore[import-not-found]  # its folder is put on the path
from report import report  # type: ignore[import-not-found]
from simple_salesforce.api import Salesforce

url, session_id, soql, _ = sys.argv[1:]
host = urlsplit(url).netloc
map_hosts(url, host)  # the client knows no other scheme than https, the emulator no TLS
client = Salesforce(instance=host, session_id=session_id, version="66.0")


def work() -> int:
    """Read every contact; nothing is stored."""
    return len(client.query_all(soql)["records"])


report("simple-salesforce", "query_all", url, work, stored=False)
