"""The contacts of a page, column by column: a first load brings millions, and steps over each are paid that often."""

from collections.abc import Sequence
from itertools import chain

from connectors.hubspot.raw import COMPANIES, Links, Raw, first_linked
from connectors.hubspot.records import Layout, full_name, managed_values
from connectors.hubspot.tallies import tallies
from connectors.hubspot.values import is_any_filled, texts
from core.clock import parse_instant
from core.contact_columns import ContactColumns
from core.records import Record


def contact_page(rows: Sequence[Raw], links: Sequence[Links], layout: Layout) -> Sequence[Record]:
    """What connectors.hubspot.records makes of each row; raises as it does where a single one cannot be read."""
    properties, fields = [raw["properties"] for raw in rows], layout.contact
    stamps = texts(properties, "lastmodifieddate")
    contacts = ContactColumns(
        remote_id=[str(raw["id"]) for raw in rows],
        modified_at=[parse_instant(at or raw["updatedAt"]) for at, raw in zip(stamps, rows, strict=True)],
        account_id=[first_linked(one, COMPANIES) for one in links],
        email=texts(properties, fields.email),
        name=list(map(full_name, texts(properties, "firstname"), texts(properties, "lastname"))),
        title=texts(properties, fields.title),
        buying_role=texts(properties, fields.buying_role),
        managed=[managed_values(one, layout.contact_fields) for one in properties],
    )
    if not is_any_filled(properties, [counter.latest_at for counter, _ in layout.counters]):
        return contacts
    counted = (tallies(raw, linked, layout.counters) for raw, linked in zip(rows, links, strict=True))
    return [*contacts, *chain.from_iterable(counted)]
