"""Writing managed fields onto companies and contacts.

Properties that cannot be written are left out: those that are gone, read-only or of another type by now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from connectors.hubspot.answers import Refusal, unknown_property
from connectors.hubspot.batches import Batches, Outcomes, PropertyRefusedError, Values
from connectors.hubspot.client import Client
from connectors.hubspot.definitions import Definitions
from connectors.hubspot.native import ICP_PROPERTY, TARGET_PROPERTY, native_fields, native_text
from connectors.hubspot.objects import WRITABLE
from connectors.hubspot.rows import read_one
from connectors.hubspot.settings import HubspotSettings
from connectors.hubspot.values import property_name, written_value
from core.changes import FieldWrite, Outcome, WriteResult
from core.errors import ConfigError
from core.fields import Policy
from core.managed_fields import MANAGED_FIELDS, NATIVE_FIELDS
from core.records import Kind

BATCH = 100
_NATIVE = {TARGET_PROPERTY, ICP_PROPERTY}
_NATIVE_NAMES = {field.name for field in NATIVE_FIELDS}
_GONE = "OBJECT_NOT_FOUND"
_MERGED = "MERGED"
"""Our code for a write to a record that lives on in another one."""


def write_fields(
    batches: Batches, definitions: Definitions, settings: HubspotSettings, writes: Sequence[FieldWrite]
) -> list[WriteResult]:
    """Write at most 100 records of one kind; a record that is named twice takes the last intent.

    Raises ConfigError where not one field of the kind can be written.
    """
    if not writes:
        return []
    client, object_type = batches.client, WRITABLE[writes[0].ref.kind]
    names, outcomes = _written(batches, definitions, settings, writes)
    gone = {one: why for one, why in outcomes.items() if why is not None and why.code == _GONE}
    outcomes |= _merged_away(client, object_type, gone)
    unknown = {name for name, found in names.items() if found is None}
    if not unknown and not any(outcomes.values()):
        written = Outcome.WRITTEN  # looked up once: an enum takes its time
        return [WriteResult(ref, written) for ref, _ in writes]
    return [_result(write, outcomes.get(write.ref.remote_id), unknown) for write in writes]


def _written(
    batches: Batches, definitions: Definitions, settings: HubspotSettings, writes: Sequence[FieldWrite]
) -> tuple[Mapping[str, str | None], Outcomes]:
    """The property behind each field that was sent, None for those left out; and what became of each record."""
    kind = writes[0].ref.kind
    while True:
        names = _writable(definitions, kind, _names(settings, writes))
        wanted = {one: values for one, values in _wanted(writes, names).items() if values}
        try:
            return names, batches.update(WRITABLE[kind], wanted)
        except PropertyRefusedError as error:
            refused = error.refused
            if set(refused.properties).isdisjoint(name for name in names.values() if name):
                raise unknown_property(refused) from error
            definitions.refuse(WRITABLE[kind], refused.properties, f"is refused ({refused.message})")


def _writable(definitions: Definitions, kind: Kind, names: Mapping[str, str | None]) -> dict[str, str | None]:
    """The names without the properties that cannot be written now, which a note tells."""
    faults = definitions.unwritable(kind, names)
    if faults:
        _demand_any(definitions, kind)
    for name in sorted(faults):
        definitions.note(f"{faults[name]} Until then it is left out, the other fields are written.")
    return {name: None if name in faults else found for name, found in names.items()}


def _demand_any(definitions: Definitions, kind: Kind) -> None:
    """Raise ConfigError where not one property of ours can be written: a write would do nothing at all."""
    ours = [one.name for one in MANAGED_FIELDS if one.kind is kind and one.policy is not Policy.READS]
    faults = definitions.unwritable(kind, {name: property_name(name) for name in ours})
    if len(faults) == len(ours):
        raise ConfigError(faults[min(faults)])


def _names(settings: HubspotSettings, writes: Sequence[FieldWrite]) -> Mapping[str, str | None]:
    """The property behind each field; None for one of HubSpot's own that is switched off by now."""
    own: dict[str, str | None] = dict.fromkeys(_NATIVE_NAMES)
    own |= native_fields(settings)
    fields = chain.from_iterable({tuple(values) for _, values in writes})
    return {name: own[name] if name in own else property_name(name) for name in fields}


def _wanted(writes: Sequence[FieldWrite], names: Mapping[str, str | None]) -> dict[str, Values]:
    """What each property is to say, by remote id."""
    sent = {name: found for name, found in names.items() if found}
    is_plain = len(sent) == len(names) and _NATIVE.isdisjoint(sent.values())
    wanted: dict[str, Values] = {}
    for ref, given in writes:
        if is_plain:  # written_value in place: there are 800 in a batch
            values = {sent[name]: value or "" for name, value in given.items()}
        else:
            values = {sent[name]: _sent_value(name, value) for name, value in given.items() if name in sent}
        before = wanted.get(ref.remote_id)
        wanted[ref.remote_id] = {**before, **values} if before else values
    return wanted


def _sent_value(name: str, value: str | None) -> str:
    return native_text(name, value) if name in _NATIVE_NAMES else written_value(value)


def _merged_away(client: Client, object_type: str, gone: Mapping[str, Refusal]) -> Outcomes:
    """Of records that a batch does not find, those that live on in another one, which a read alone tells.

    The values are not sent there: the survivor has values of its own, which the next plan writes.
    """
    found = {one: read_one(client, object_type, ["hs_object_id"], one) for one in gone}
    return {
        one: replace(gone[one], code=_MERGED, message=f"It was merged into {survivor['id']}.")
        for one, survivor in found.items()
        if survivor is not None and str(survivor["id"]) != one
    }


def _result(write: FieldWrite, refused: Refusal | None, unknown: set[str]) -> WriteResult:
    if refused is not None:
        return WriteResult(write.ref, Outcome.REJECTED, refused.code, refused.message)
    left_out = tuple([name for name in write.values if name in unknown]) if unknown else ()
    return WriteResult(write.ref, Outcome.WRITTEN, left_out=left_out)
