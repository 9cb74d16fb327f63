"""The Singer tap for Salesforce, by REST, and target-jsonl. Arguments: url, session id, SOQL, refresh token.

Its log-in host is mapped to the emulator, which then names itself as the instance. Discovery is not measured.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from for_salesforce import fields_of, the_app  # type: ignore[import-not-found]  # its folder is put on the path
from loopback import map_hosts  # type: ignore[import-not-found]
from printed import records_printed  # type: ignore[import-not-found]
from report import report_steps  # type: ignore[import-not-found]
from singer_target import stored_by_target  # type: ignore[import-not-found]

url, _, soql, refresh_token = sys.argv[1:]
map_hosts(url, "login.salesforce.com")

import tap_salesforce  # type: ignore[import-not-found]  # noqa: E402 only now, when its host is mapped

CONFIG = {**the_app(refresh_token), "start_date": "2000-01-01T00:00:00Z", "api_type": "REST"}


def contacts(found: dict[str, Any]) -> dict[str, Any]:
    """The catalogue that the tap discovered, with a user's choice: contacts, our fields, by their stamp."""
    stream = next(one for one in found["streams"] if one["stream"] == "Contact")
    for one in stream["metadata"]:
        if one["breadcrumb"]:
            one["metadata"]["selected"] = one["breadcrumb"][-1] in fields_of(soql)
        else:
            choice = {"replication-method": "INCREMENTAL", "replication-key": "SystemModstamp"}
            one["metadata"] |= {"selected": True, **choice}
    return {"streams": [stream]}


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    config, catalog, messages = folder / "config.json", folder / "catalog.json", folder / "messages"
    config.write_text(json.dumps(CONFIG))
    records_printed(tap_salesforce.main, ["--config", str(config), "--discover"], catalog, b"")
    catalog.write_text(json.dumps(contacts(json.loads(catalog.read_text()))))

    def read() -> int:
        """Sync all contacts."""
        arguments = ["--config", str(config), "--properties", str(catalog)]
        return int(records_printed(tap_salesforce.main, arguments, messages, b'"type": "RECORD"'))

    def store() -> int:
        """Store what was read."""
        return int(stored_by_target(messages, "Contact"))

    steps = [("REST, messages to a file", read, False), ("REST, with target-jsonl", store, True)]
    report_steps("tap-salesforce", url, steps)
