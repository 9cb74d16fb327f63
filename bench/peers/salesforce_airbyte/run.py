"""Airbyte's source for Salesforce, by Bulk 2.0; messages go to a file. Arguments: url, session id, SOQL, refresh token.

Its log-in host is mapped to the emulator, which then names itself as the instance. It reads every field that the user
may see and that Bulk can give: nothing in its settings limits them.
"""

import json
import sys
import tempfile
from pathlib import Path

from for_salesforce import the_app  # type: ignore[import-not-found]
from loopback import map_hosts  # type: ignore[import-not-found]  # its folder is put on the path
from printed import records_printed  # type: ignore[import-not-found]
from report import report  # type: ignore[import-not-found]

url, _, _, refresh_token = sys.argv[1:]
map_hosts(url, "login.salesforce.com")

from source_salesforce.run import run  # type: ignore[import-not-found]  # noqa: E402 only now, when its host is mapped

CONFIG = {
    **the_app(refresh_token),
    "auth_type": "Client",
    "start_date": "2020-01-01T00:00:00Z",
    "force_use_bulk_api": True,
    "streams_criteria": [{"criteria": "exacts", "value": "Contact"}],
}
_STREAM = {
    "name": "Contact",
    "json_schema": {"type": "object", "properties": {}},
    "supported_sync_modes": ["full_refresh", "incremental"],
}
CATALOG = {
    "streams": [{"stream": _STREAM, "sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}]
}


def work() -> int:
    """Read all contacts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.json").write_text(json.dumps(CONFIG))
        (folder / "catalog.json").write_text(json.dumps(CATALOG))
        arguments = ["read", "--config", f"{folder}/config.json", "--catalog", f"{folder}/catalog.json"]
        return int(records_printed(run, arguments, folder / "messages.jsonl", b'"type":"RECORD"'))


report("airbyte-source-salesforce", "Bulk 2.0, messages to a file", url, work, stored=False)
