"""dlt's REST source into DuckDB by its faster (Parquet) loader. Arguments: url, session id, SOQL, a token (unused)."""

import sys

from dlt_rest import load_contacts  # type: ignore[import-not-found]  # its folder is put on the path
from report import report  # type: ignore[import-not-found]

url, session_id, soql, _ = sys.argv[1:]
ENDPOINT = {
    "path": "services/data/v66.0/query",
    "params": {"q": soql},
    "data_selector": "records",
    "paginator": {"type": "json_link", "next_url_path": "nextRecordsUrl"},
}


def work() -> int:
    """Read every contact and store it."""
    return int(load_contacts(url, session_id, "Id", ENDPOINT))


report("dlt", "REST source to DuckDB (Parquet)", url, work, stored=True)
