"""Lists of children inside a row: (SELECT LastName FROM Contacts)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import relationship_text
from emulators.salesforce.relationships import CHILD_LISTS
from emulators.salesforce.soql_joins import ids_of
from emulators.salesforce.soql_match import in_sorted_order, record_tests, sort_keys
from emulators.salesforce.soql_prepare import prepare
from emulators.salesforce.soql_render import ListRenderer, plan_rows
from emulators.salesforce.soql_resolve import Resolver
from emulators.salesforce.soql_syntax import Children, Query, query_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulators.salesforce.fields import ObjectType
    from emulators.salesforce.store import Record


def planner(*, with_deleted: bool) -> Callable[[Resolver, ObjectType, Children], tuple[str, ListRenderer]]:
    """How to plan lists of children, for the renderer of rows."""

    def plan(resolver: Resolver, item: ObjectType, children: Children) -> tuple[str, ListRenderer]:
        query = children.query
        name, child, field_name = relationship(resolver, item, query)
        inner = Resolver(resolver.org, resolver.user_id, query.text, query.alias or query.object_name)
        return name, _list_renderer(inner, child, field_name, query, with_deleted=with_deleted)

    return plan


def relationship(resolver: Resolver, item: ObjectType, query: Query) -> tuple[str, ObjectType, str]:
    """Name, child object and its field behind the name in FROM. Raises INVALID_TYPE."""
    objects = resolver.org.schema.objects
    for (child_name, field_name), listing in CHILD_LISTS.items():
        child = objects.get(child_name)
        field = child.fields.get(field_name.lower()) if child else None
        fits = field is not None and item.name in field.reference_to
        if child is not None and fits and listing.name.lower() == query.object_name.lower():
            return listing.name, resolver.object(child_name, query.object_at), field_name
    raise query_error("INVALID_TYPE", relationship_text(query.object_name), query.text, query.object_at)


def _list_renderer(
    resolver: Resolver, child: ObjectType, field_name: str, query: Query, *, with_deleted: bool
) -> ListRenderer:
    query = prepare(resolver, child, query, ids_of)
    tests = record_tests(resolver, child, query, with_deleted=with_deleted)
    keys = sort_keys(resolver, child, query)
    renderer = plan_rows(resolver, child, query.select)
    end = None if query.limit is None else query.offset + query.limit

    def render(record: Record, base: str) -> dict[str, Any] | None:
        found = resolver.org.store.tables[child.name].lookup(field_name, [record["Id"]])
        for test in tests:
            found = list(filter(test, found))
        rows = list(islice(in_sorted_order(found, keys), query.offset, end))
        if not rows:
            return None
        # Assumption: lists of children come whole; Salesforce cuts very long ones into pages.
        return {"totalSize": len(rows), "done": True, "records": [renderer(row, base) for row in rows]}

    return render
