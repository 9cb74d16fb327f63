"""Airbyte's source for HubSpot; its messages go to a file. Arguments: url, token, properties (unused).

Its host is mapped to the emulator. It asks for every property that the portal has: nothing in its settings limits them.
"""

import json
import sys
import tempfile
from pathlib import Path

from loopback import map_hosts  # type: ignore[import-not-found]  # its folder is put on the path
from printed import records_printed  # type: ignore[import-not-found]
from report import report  # type: ignore[import-not-found]

url, token, _ = sys.argv[1:]
map_hosts(url, "api.hubapi.com")

from source_hubspot.run import run  # type: ignore[import-not-found]  # noqa: E402 only now, when its host is mapped

CONFIG = {
    "start_date": "2000-01-01T00:00:00Z",
    "credentials": {"credentials_title": "Private App Credentials", "access_token": token},
}
_STREAM = {
    "name": "contacts",
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


report("airbyte-source-hubspot", "messages to a file", url, work, stored=False)
