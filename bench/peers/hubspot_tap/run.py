"""The Singer tap for HubSpot, and target-jsonl behind it. Arguments: url, token, properties.

Its host is mapped to the emulator. Selected are the properties that ours reads; the tap adds the links itself.
"""

import json
import sys
import tempfile
from pathlib import Path

from loopback import map_hosts  # type: ignore[import-not-found]  # its folder is put on the path
from printed import records_printed  # type: ignore[import-not-found]
from report import report_steps  # type: ignore[import-not-found]
from singer_target import stored_by_target  # type: ignore[import-not-found]

url, token, properties = sys.argv[1:]
map_hosts(url, "api.hubapi.com")

import tap_hubspot  # type: ignore[import-not-found]  # noqa: E402 only now, when its host is mapped

CONFIG = {"api_key": token, "start_date": "2000-01-01T00:00:00Z", "select_fields_by_default": "false"}
_SELECTED = {"associations", *(f"property_{name}" for name in properties.split(","))}


def catalog() -> dict[str, list[object]]:
    """The tap's own description of contacts, with a user's choice of fields."""
    tap_hubspot.CONFIG.update(CONFIG)
    stream = next(one for one in tap_hubspot.STREAMS if one.tap_stream_id == "contacts")
    schema, described = tap_hubspot.load_discovered_schema(stream)
    for one in described:
        name = one["breadcrumb"][-1] if one["breadcrumb"] else ""
        one["metadata"]["selected"] = not name or name in _SELECTED
    return {
        "streams": [
            {"stream": "contacts", "tap_stream_id": "contacts", "schema": schema, "metadata": described}
        ]
    }


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    config, chosen, messages = folder / "config.json", folder / "catalog.json", folder / "messages"
    config.write_text(json.dumps(CONFIG))
    chosen.write_text(json.dumps(catalog()))

    def read() -> int:
        """Sync all contacts."""
        arguments = ["--config", str(config), "--properties", str(chosen)]
        return int(records_printed(tap_hubspot.main, arguments, messages, b'"type": "RECORD"'))

    def store() -> int:
        """Store what was read."""
        return int(stored_by_target(messages, "contacts"))

    steps = [("messages to a file", read, False), ("with target-jsonl", store, True)]
    report_steps("tap-hubspot", url, steps)
