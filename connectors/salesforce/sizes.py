"""How many rows the org says its objects have, in one call: an estimate that may spare a first load a turn.

Salesforce counted at some time before, everybody's records, and neither deleted nor archived ones (documented).
So an estimate may name the way that is tried first; it never says what a load must bring.
"""

from collections.abc import Mapping, Sequence

from connectors.salesforce.client import Client
from core.errors import ShortlistError


def estimated_sizes(client: Client, names: Sequence[str]) -> Mapping[str, int]:
    """Rows by object, as far as Salesforce says; nothing where it does not, and nobody asks it again.

    It needs View Setup and Configuration, which a run-as user need not have.
    """
    call = client.call("estimate", repeatable=False)
    try:
        told = call.rest("limits/recordCount", params={"sObjects": ",".join(names)})
    except ShortlistError:
        return {}  # what stops a pull stops the calls beside this one too
    found = told.get("sObjects") if isinstance(told, dict) else None
    return dict(filter(None, map(_size, found))) if isinstance(found, list) else {}


def _size(told: object) -> tuple[str, int] | None:
    match told:
        case {"name": str(name), "count": int(count)}:
            return name, count
    return None
