"""The contacts of a page, column by column: a first load brings millions, and steps over each are paid that often."""

from collections.abc import Sequence
from itertools import chain

from connectors.hubspot.links import listed_company
from connectors.hubspot.raw import Raw
from connectors.hubspot.records import Layout, full_name, managed_values
from connectors.hubspot.tallies import tallies
from connectors.hubspot.values import is_any_filled, texts
from core.clock import parse_instant
from core.contact_columns import ContactColumns
from core.records import Record


def contact_page(rows: Sequence[Raw], layout: Layout) -> Sequence[Record]:
    """What connectors.hubspot.records makes of each row of a listing.

    Raises as it does where a single one cannot be read, and ValueError where not all links came with one.
    """
    properties, fields = [raw["properties"] for raw in rows], layout.contact
    stamps = texts(properties, "lastmodifieddate")
    contacts = ContactColumns(
        remote_id=[str(raw["id"]) for raw in rows],
        modified_at=[parse_instant(at or raw["updatedAt"]) for at, raw in zip(stamps, rows, strict=True)],
        account_id=list(map(listed_company, rows)),
        email=texts(properties, fields.email),
        name=list(map(full_name, texts(properties, "firstname"), texts(properties, "lastname"))),
        title=texts(properties, fields.title),
        buying_role=texts(properties, fields.buying_role),
        managed=[managed_values(one, layout.contact_fields) for one in properties],
    )
    if not is_any_filled(properties, [counter.latest_at for counter, _ in layout.counters]):
        return contacts
    of_account = zip(rows, contacts.account_id, strict=True)
    counted = (tallies(raw, account_id, layout.counters) for raw, account_id in of_account)
    return [*contacts, *chain.from_iterable(counted)]
