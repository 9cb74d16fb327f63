"""dlt's REST source into DuckDB by its faster (Parquet) loader. Arguments: url, session id, SOQL, a token (unused)."""

import os
import sys
import tempfile

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

# dlt reads its settings on import, so that comes behind them; only the peer's environment has these.
import dlt  # type: ignore[import-not-found]
import duckdb  # type: ignore[import-not-found]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]
from report import report  # type: ignore[import-not-found]

url, session_id, soql, _ = sys.argv[1:]


def work() -> int:
    """Read every contact into a table merged by id; gives the rows in that table."""
    contacts = {
        "name": "contacts",
        "primary_key": "Id",
        "write_disposition": "merge",
        "endpoint": {
            "path": "services/data/v66.0/query",
            "params": {"q": soql},
            "data_selector": "records",
            "paginator": {"type": "json_link", "next_url_path": "nextRecordsUrl"},
        },
    }
    client = {"base_url": url, "auth": {"type": "bearer", "token": session_id}}
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/contacts.duckdb"
        pipeline = dlt.pipeline(
            "contacts", pipelines_dir=folder, destination=dlt.destinations.duckdb(file), dataset_name="crm"
        )
        source = rest_api_source({"client": client, "resources": [contacts]})
        pipeline.run(source, loader_file_format="parquet")
        with duckdb.connect(file) as database:
            [count] = database.execute("SELECT count(*) FROM crm.contacts").fetchone()
    return int(count)


report("dlt", "REST source to DuckDB (Parquet)", url, work, stored=True)
