"""What the columns of a query are: the answer to `columns=true`, with which the sf command line lays out its tables.

Keys and kinds of values are those that a public dump of an Apex checkpoint shows as its `queryMetadata`.
Assumption: what it does not show, which is how parents, lists of children, TYPEOF and functions are told of, and that
the answer has no records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulators.salesforce.fields import NUMBER_TYPES, STRING_TYPES, Field, ObjectType
from emulators.salesforce.soql_children import relationship
from emulators.salesforce.soql_joins import ids_of
from emulators.salesforce.soql_parser import parse
from emulators.salesforce.soql_prepare import prepare
from emulators.salesforce.soql_resolve import Relation, Resolver
from emulators.salesforce.soql_syntax import Aggregate, Children, Path, Query, TypeOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emulators.salesforce.org import Org

Column = dict[str, Any]

_APEX_TYPES = {
    "id": "Id",
    "reference": "Id",
    "boolean": "Boolean",
    "int": "Integer",
    "date": "Date",
    "datetime": "Datetime",
    "address": "Address",
    **dict.fromkeys(NUMBER_TYPES - {"int"}, "Double"),
}


def column_metadata(org: Org, user_id: str, text: str) -> Column:
    """The columns of a query that is not run. Raises SalesforceError as the query itself would."""
    query = parse(text)
    resolver = Resolver(org, user_id, text, query.alias)
    item = resolver.object(query.object_name, query.object_at)
    query = prepare(resolver, item, query, ids_of)
    columns = _columns(resolver, item, query)
    return {
        "columnMetadata": columns,
        "entityName": item.name,
        "groupBy": bool(query.group_by),
        "idSelected": any(column["columnName"] == "Id" for column in columns),
        "keyPrefix": item.prefix,
    }


def _columns(resolver: Resolver, item: ObjectType, query: Query) -> list[Column]:
    columns: list[Column] = []
    unnamed = 0
    for selected in query.select:
        if isinstance(selected, Children):
            columns.append(_children(resolver, item, selected))
        elif isinstance(selected, TypeOf):
            _add_typed(columns, resolver, item, selected)
        elif isinstance(selected, Path | Aggregate) and (shown := _computed(selected)) is not None:
            columns.append(_column(selected.alias or f"expr{unnamed}", shown=shown, aggregate=True))
            unnamed += selected.alias is None
        elif isinstance(selected, Path):
            resolved = resolver.path(item, selected)
            _add(columns, item, resolved.relations, resolved.field)
    return columns


def _computed(selected: Path | Aggregate) -> str | None:
    """How a function or an aggregate is shown; None for what is neither."""
    if isinstance(selected, Aggregate) and selected.path is not None:
        return f"{selected.function}({'.'.join(selected.path.parts)})"
    if isinstance(selected, Path) and selected.function is not None:
        return f"{selected.function}({'.'.join(selected.parts)})"
    return None


def _add(columns: list[Column], owner: ObjectType, relations: Sequence[Relation], field: Field) -> None:
    """Add a field where it belongs: below the columns of the parents that lead to it."""
    if not relations:
        columns.append(_column(field.name, field))
        return
    parent, *further = relations
    joined = next((one for one in columns if one["columnName"] == parent.key), None)
    if joined is None:
        joined = _column(parent.key, apex_type=parent.target.name, key=_leading_to(owner, parent.key))
        columns.append(joined)
    _add(joined["joinColumns"], parent.target, further, field)


def _leading_to(owner: ObjectType, name: str) -> str | None:
    return next((field.name for field in owner.fields.values() if field.relationship == name), None)


def _add_typed(columns: list[Column], resolver: Resolver, item: ObjectType, selected: TypeOf) -> None:
    parent = resolver.relation(item, selected.relationship, selected.at)
    paths: Iterable[Path] = [*(path for _, paths in selected.cases for path in paths), *selected.otherwise]
    for name in dict.fromkeys(".".join(path.parts) for path in paths):
        _add(columns, item, [parent], Field(name, "string", name))


def _children(resolver: Resolver, item: ObjectType, selected: Children) -> Column:
    query = selected.query
    name, child, _ = relationship(resolver, item, query)
    inner = Resolver(resolver.org, resolver.user_id, query.text, query.alias or query.object_name)
    joined = _columns(inner, child, prepare(inner, child, query, ids_of))
    return {**_column(name, apex_type=child.name, aggregate=True), "joinColumns": joined}


def _column(
    name: str,
    field: Field | None = None,
    *,
    shown: str | None = None,
    apex_type: str | None = None,
    key: str | None = None,
    aggregate: bool = False,
) -> Column:
    kind = field.type if field else ""
    return {
        "aggregate": aggregate,
        "apexType": _APEX_TYPES.get(kind, "String") if field else apex_type,
        "booleanType": kind == "boolean",
        "columnName": name,
        "custom": field is not None and field.custom,
        "displayName": shown or name,
        "foreignKeyName": key,
        "insertable": field is not None and field.createable,
        "joinColumns": [],
        "numberType": kind in NUMBER_TYPES,
        "textType": kind in STRING_TYPES,
        "updatable": field is not None and field.updateable,
    }
