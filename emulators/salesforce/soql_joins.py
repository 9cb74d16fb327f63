"""The inner query of a semi-join: WHERE Id IN (SELECT AccountId FROM Contact)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulators.salesforce.soql_match import matching
from emulators.salesforce.soql_prepare import prepare
from emulators.salesforce.soql_resolve import Resolver
from emulators.salesforce.soql_syntax import Path, Query, query_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulators.salesforce.store import Record


def ids_of(outer: Resolver, query: Query) -> list[str]:
    """The ids that the inner query yields, nulls left out. Raises MALFORMED_QUERY for other columns."""
    resolver = Resolver(outer.org, outer.user_id, query.text, query.alias)
    item = resolver.object(query.object_name, query.object_at)
    query = prepare(resolver, item, query, ids_of)
    selected = query.select[0]
    resolved = resolver.path(item, selected) if isinstance(selected, Path) else None
    if resolved is None or len(query.select) > 1 or resolved.field.type not in ("id", "reference"):
        # Assumption: the rule is documented, the text is not recorded.
        reason = "The inner select must name exactly one field that holds ids"
        raise query_error("MALFORMED_QUERY", reason, query.text, query.object_at)
    found: Iterable[Record] = matching(resolver, item, query, with_deleted=False, ordered=False)
    return list(dict.fromkeys(value for value in map(resolved.get, found) if value is not None))
