"""dlt's REST source into DuckDB by its faster (Parquet) loader. Arguments: url, token, properties."""

import sys

from dlt_rest import load_contacts  # type: ignore[import-not-found]  # its folder is put on the path
from report import report  # type: ignore[import-not-found]

url, token, properties = sys.argv[1:]
ENDPOINT = {
    "path": "crm/v3/objects/contacts",
    "params": {"limit": 100, "properties": properties, "associations": "companies"},
    "data_selector": "results",
    "paginator": {"type": "cursor", "cursor_path": "paging.next.after", "cursor_param": "after"},
}


def work() -> int:
    """Read every contact and store it."""
    return int(load_contacts(url, token, "id", ENDPOINT))


report("dlt", "REST source to DuckDB (Parquet)", url, work, stored=True)
