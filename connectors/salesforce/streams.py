"""The streams of an org: pages of what changed, all living ids, and what has to be looked at in full now and then."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from connectors.salesforce.client import Client
from connectors.salesforce.deletions import deleted_since
from connectors.salesforce.objects import DESCRIBED, SOURCES, Source, columns, formulas, mapped
from connectors.salesforce.pull import Habits, Reading
from connectors.salesforce.rows import ref_of, sort_rows
from connectors.salesforce.schema import Schema
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.sizes import estimated_sizes
from connectors.salesforce.window import Batch, Window
from core.changes import Page, Stream
from core.cursors import Cursor
from core.errors import AuthError, ConfigError
from core.records import Tombstone

_NOT_DELETED = "IsDeleted = false"
_BY_NAME = {source.stream.name: source for source in SOURCES}


def streams(schema: Schema, settings: SalesforceSettings, habits: Habits) -> tuple[Stream, ...]:
    """The objects with how often they are to be read or compared in full; the first look describes all of them."""
    asks = habits.is_first_load and settings.bulk_read_from
    schema.look_up(
        DESCRIBED,
        meanwhile=(lambda: _estimate(schema.client, habits)) if asks else None,
    )
    habits.is_first_load = False
    return tuple(
        source.stream._replace(
            compare_days=None if source.leaves_trace else settings.compare_ids_days,
            reread_days=settings.reread_formulas_days if _has_formulas(source, schema, settings) else None,
        )
        for source in SOURCES
    )


def _has_formulas(source: Source, schema: Schema, settings: SalesforceSettings) -> bool:
    try:
        return bool(mapped(source, settings) and formulas(source, schema.of(source.stream.name), settings))
    except AuthError:  # may not be described: left to the reading of this object, so that the others go on
        return False


def _estimate(client: Client, habits: Habits) -> None:
    """Ask how large the objects are, but for those of which a first load reads a part."""
    habits.estimates.update(
        estimated_sizes(client, [source.stream.name for source in SOURCES if not source.condition])
    )


def pages(
    client: Client,
    schema: Schema,
    settings: SalesforceSettings,
    habits: Habits,
    stream: Stream,
    cursor: Cursor,
) -> Iterator[Page]:
    """What changed behind a cursor; before it, on a page of its own, what the feed of deletions names.

    Nothing of an object that this org does not have or hides from us, which buries nothing either.
    """
    source = source_of(stream)
    if is_absent(source, schema):
        yield Page([], cursor, is_blind=True)
        return
    window = Window(client, schema, source, cursor, lambda info: columns(source, info, settings))
    lost, is_new = False, cursor.position is None and cursor.since is not None
    for batch in Reading(window, settings, habits).batches():
        if is_new and batch.cursor.since and batch.cursor.started_at:
            is_new = False
            gone = deleted_since(client, source, batch.cursor.since, batch.cursor.started_at)
            lost = gone.lost
            if gone.ids:
                graves = [Tombstone(ref_of(source, one)) for one in gone.ids]
                yield Page([], replace(batch.cursor, position=None), graves)
        page = _page(window, settings, batch, lost=lost)
        del batch  # its rows are let go of before the page is stored, the page before the next one is read
        yield page
        del page


def _page(window: Window, settings: SalesforceSettings, batch: Batch, *, lost: bool) -> Page:
    found = sort_rows(batch.rows, window.source, window.info, settings)
    return Page(
        records=found.records,
        tombstones=found.tombstones,
        skipped=found.skipped,
        next_cursor=batch.cursor.closed() if batch.is_last else batch.cursor,
        expected=batch.expected,
        deletions_lost=lost,
    )


def living(
    client: Client, schema: Schema, settings: SalesforceSettings, habits: Habits, stream: Stream
) -> Iterator[Sequence[str]]:
    """Remote ids of all rows that are not deleted, read the way that suits their number.

    They are asked for as the rows themselves are: query leaves out archived activities, which are not deleted.
    """
    source = source_of(stream)
    if is_absent(source, schema):
        return
    source = replace(source, optional=(), first_condition=_NOT_DELETED if source.with_deleted else "")
    window = Window(client, schema, source, Cursor(), lambda _: ["Id", "SystemModstamp"])
    for batch in Reading(window, settings, habits).batches():
        yield [ref_of(source, row["Id"]).remote_id for row in batch.rows]


def is_absent(source: Source, schema: Schema) -> bool:
    """Whether this org does not have an object that not every org has."""
    return not source.is_everywhere and source.is_absent(schema.of(source.stream.name))


def source_of(stream: Stream) -> Source:
    """What is read of a stream; raises ConfigError for one that Salesforce does not have."""
    if stream.name not in _BY_NAME:
        raise ConfigError(f"Salesforce has no stream {stream.name}.")
    return _BY_NAME[stream.name]
