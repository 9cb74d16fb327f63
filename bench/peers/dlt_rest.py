"""What the peers with dlt's REST source share: contacts into DuckDB by its faster (Parquet) loader."""

import os
import tempfile
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

# dlt reads its settings on import, so that comes behind them; only the peers' environments have these.
import dlt  # type: ignore[import-not-found]
import duckdb  # type: ignore[import-not-found]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]


def load_contacts(url: str, token: str, primary_key: str, endpoint: dict[str, Any]) -> int:
    """Read every contact into a table merged by its key; gives the rows in that table."""
    contacts = {
        "name": "contacts",
        "primary_key": primary_key,
        "write_disposition": "merge",
        "endpoint": endpoint,
    }
    client = {"base_url": url, "auth": {"type": "bearer", "token": token}}
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
