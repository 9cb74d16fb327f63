"""dlt's own Salesforce source into DuckDB by its faster (Parquet) loader. Arguments: url, session id, and two unused.

It is no package: clone.txt names where it is copied from, as `dlt init` does. It reads every field that the user may
see by simple-salesforce's `bulk.Contact.query_all`, which is Bulk API 1.0 with JSON, and replaces the table.
"""

import os
import sys
import tempfile
from urllib.parse import urlsplit

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
sys.path.insert(0, f"{os.environ['CLONE']}/sources")

# dlt reads its settings on import, so that comes behind them; only the peer's environment has these.
import dlt  # type: ignore[import-not-found]
import duckdb  # type: ignore[import-not-found]
from loopback import map_hosts  # type: ignore[import-not-found]
from report import report  # type: ignore[import-not-found]
from salesforce import salesforce_source  # type: ignore[import-not-found]
from salesforce.helpers.client import InstanceAuth  # type: ignore[import-not-found]

url, session_id, *_ = sys.argv[1:]
# The client knows no other scheme than https, the emulator no TLS.
map_hosts(url, urlsplit(url).netloc)


def work() -> int:
    """Read every contact into a table; gives the rows in that table."""
    source = salesforce_source(InstanceAuth(session_id=session_id, instance_url=url))
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/contacts.duckdb"
        pipeline = dlt.pipeline(
            "contacts", pipelines_dir=folder, destination=dlt.destinations.duckdb(file), dataset_name="crm"
        )
        pipeline.run(source.with_resources("contact"), loader_file_format="parquet")
        with duckdb.connect(file) as database:
            [count] = database.execute("SELECT count(*) FROM crm.contact").fetchone()
    return int(count)


report("dlt", "Salesforce source (Bulk 1.0) to DuckDB (Parquet)", url, work, stored=True)
