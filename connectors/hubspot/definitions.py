"""The properties of each object type as they were looked at last, and which of ours cannot be written."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.hubspot import schema
from connectors.hubspot.client import Client
from connectors.hubspot.objects import WRITABLE
from connectors.hubspot.schema import Property
from core.fields import ManagedField
from core.managed_fields import MANAGED_FIELDS
from core.records import Kind


@dataclass(slots=True)
class Definitions:
    """What HubSpot says of properties; every pull looks anew, a push goes by what is known then.

    notes: what a person should know of properties that are left out of writes.
    """

    client: Client
    notes: list[str] = field(default_factory=list)
    _known: dict[str, Mapping[str, Property]] = field(default_factory=dict)
    _refused: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def read(self, object_type: str) -> Mapping[str, Property]:
        """Look at the properties of an object type, by one call."""
        there = schema.existing(self.client, object_type, f"describe {object_type}")
        with self._lock:
            self._known[object_type] = there
            self._refused = {key: words for key, words in self._refused.items() if key[0] != object_type}
        return there

    def known(self, object_type: str) -> Mapping[str, Property]:
        """The same without a call where they were looked at before."""
        with self._lock:
            return self._known.get(object_type) or self.read(object_type)

    def forget(self) -> None:
        """Look anew the next time."""
        with self._lock:
            self._known.clear()
            self._refused.clear()

    def refuse(self, object_type: str, properties: Iterable[str], words: str) -> None:
        """Hear that HubSpot refuses every write of these; until the next look they are left out."""
        with self._lock:
            self._refused |= {(object_type, name): words for name in properties}

    def unwritable(self, kind: Kind, names: Mapping[str, str | None]) -> dict[str, str]:
        """Fields that are not to be written: the name, and what is wrong, with what to do.

        names: the property behind each field that is to be written, HubSpot's own among them; None for none.
        """
        object_type, ours = WRITABLE[kind], {one.name: one for one in MANAGED_FIELDS if one.kind is kind}
        there = self.known(object_type)
        found: dict[str, str] = {}
        for field_name, name in names.items():
            if name is None:
                continue
            managed, shown = ours.get(field_name), there.get(name)
            fault = schema.fault(managed, shown) if managed else schema.native_fault(shown)
            fault = fault or self._refused.get((object_type, name), "")
            if fault:
                found[field_name] = (
                    f"The HubSpot property {object_type}.{name} {fault}: {_cure(managed, shown)}"
                )
        return found

    def note(self, words: str) -> None:
        """Keep something for a person, once."""
        with self._lock:
            if words not in self.notes:
                self.notes.append(words)

    def take_notes(self) -> list[str]:
        """What was kept since the last time."""
        with self._lock:
            notes, self.notes = self.notes, []
        return notes


def _cure(managed: ManagedField | None, shown: Property | None) -> str:
    if managed is None:
        return _NATIVE_CURE
    return _CURE if shown else "run `shortlist install`."


_CURE = "put it back as it was and run `shortlist pull --full`, or delete it in HubSpot and run `shortlist install`."
_NATIVE_CURE = "mend it in HubSpot, or set its `write_target_account` or `write_icp_tier` to false."
