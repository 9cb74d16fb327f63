"""Hints from a journal that the CRM keeps for us, for installations that no CRM can reach."""

from core.clock import millis
from core.errors import ConfigError
from store.deliveries import journal_offset, keep_page
from store.heard import heard
from sync.engine import Engine

SUBSCRIBED = ""
"""The place of a journal that we asked for and have read nothing of yet."""
LOST = "gone from the journal before they were read"


def poll_journal(engine: Engine, connection_name: str) -> int:
    """Read what is new in the journal of a connection into the inbox; how many hints it told.

    The first time, everything that we read is subscribed to. Raises ConfigError for a connection without journal.
    """
    found = (one for one in engine.connections if one.name == connection_name and one.journal is not None)
    connected = next(found, None)
    if connected is None or connected.journal is None:
        raise ConfigError(
            f'connections.{connection_name} has no journal: set hints = "journal" there, and pull once, so that '
            "it is known which account it is."
        )
    offset = journal_offset(engine.database, connected.id)
    if offset is None:
        connected.journal.subscribe()
        offset = SUBSCRIBED
    told = 0
    for page in connected.journal.read(offset or None):
        lost = {LOST: 1} if page.has_gap else {}
        keep_page(
            engine.database,
            heard(connected.id, page.hints, lost, millis(engine.clock())),
            page.offset or SUBSCRIBED,
        )
        told += len(page.hints)
    return told
