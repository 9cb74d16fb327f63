"""The file of an export: CSV, in a zip when it is large."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import TYPE_CHECKING

from emulators.hubspot.object_types import ObjectType, find_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emulators.hubspot.exports.jobs import Export
    from emulators.hubspot.portal import Portal

# Documented: an export of more rows or more bytes comes as a zip, split into files of so many rows.
MAX_ROWS = 1_000_000
MAX_BYTES = 2 * 1024 * 1024
_ID = "hs_object_id"


def make_file(portal: Portal, export: Export) -> tuple[str, bytes]:
    """Name and bytes. Assumption: names, the column order, and that the record id always comes first."""
    name = export.body.get("exportName") or "export"
    parts = [_csv(portal, export, start) for start in range(0, max(1, len(export.record_ids)), MAX_ROWS)]
    if len(parts) == 1 and len(parts[0]) <= MAX_BYTES:
        return f"{name}.csv", parts[0]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts, 1):
            archive.writestr(f"{name}-{number}.csv" if len(parts) > 1 else f"{name}.csv", part)
    return f"{name}.zip", packed.getvalue()


def _csv(portal: Portal, export: Export, start: int) -> bytes:
    names = [name for name in export.body["objectProperties"] if name != _ID]
    targets = [find_type(name) for name in export.body.get("associatedObjectType", [])]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_header(portal, export, names, targets))
    writer.writerows(_rows(portal, export, start, names, targets))
    return text.getvalue().encode()


def _header(portal: Portal, export: Export, names: list[str], targets: list[ObjectType]) -> list[str]:
    """Labels, or with the option NAMES the internal names."""
    if "NAMES" in export.body.get("exportInternalValuesOptions", []):
        return [_ID, *names, *(f"associations.{target.singular}" for target in targets)]
    schema = portal.schemas[export.object_type.name].live
    labels = [schema[name]["label"] if name in schema else name for name in names]
    return ["Record ID", *labels, *(f"Associated {target.singular.capitalize()} IDs" for target in targets)]


def _rows(
    portal: Portal, export: Export, start: int, names: list[str], targets: list[ObjectType]
) -> Iterator[list[str]]:
    live = portal.tables[export.object_type.name].live
    labels = {name: _option_labels(portal, export, name) for name in names}
    for record_id in export.record_ids[start : start + MAX_ROWS]:
        record = live.get(record_id)
        if record is None:
            continue
        get = record.properties.get
        linked = [portal.links.of((export.object_type.name, target.name), record_id) for target in targets]
        cells = [_shown(get(name, ""), labels[name]) for name in names]
        yield [str(record_id), *cells, *(";".join(map(str, sorted(others))) for others in linked)]


def _option_labels(portal: Portal, export: Export, name: str) -> dict[str, str]:
    """From option value to its label; empty when the option VALUES asks for internal values."""
    definition = portal.schemas[export.object_type.name].live.get(name)
    if definition is None or "VALUES" in export.body.get("exportInternalValuesOptions", []):
        return {}
    return {option["value"]: option["label"] for option in definition["options"]}


def _shown(text: str, labels: dict[str, str]) -> str:
    return ";".join(labels.get(part, part) for part in text.split(";")) if labels and text else text
