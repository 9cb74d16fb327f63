"""Rows of an answer: `attributes` first, then the fields in the order of the SELECT, parents nested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emulators.salesforce.errors import SalesforceError, column_text
from emulators.salesforce.soql_resolve import NAME_OBJECT, Getter, Relation, Resolver, Step
from emulators.salesforce.soql_syntax import Children, Path, SelectItem, TypeOf, query_error
from emulators.salesforce.store import Record

if TYPE_CHECKING:
    from emulators.salesforce.fields import ObjectType

Renderer = Callable[[Record, str], dict[str, Any]]
ListRenderer = Callable[[Record, str], dict[str, Any] | None]
ChildPlanner = Callable[[Resolver, "ObjectType", Children], tuple[str, ListRenderer]]


class _Node:
    """What to show of a record: plain fields with their empty value, computed ones, and parents."""

    def __init__(self, item: ObjectType) -> None:
        self.item = item
        self.entries: dict[str, _Plain | _Computed | _Parent | _Typed | _ChildList] = {}


class _Plain:
    """A stored value, or `empty`."""

    def __init__(self, name: str, empty: object) -> None:
        self.name = name
        self.empty = empty


class _Computed:
    """A value worked out from the record."""

    def __init__(self, get: Getter) -> None:
        self.get = get


class _Parent:
    """A nested record."""

    def __init__(self, relation: Relation) -> None:
        self.step = relation.step
        self.node = _Node(relation.target)


class _Typed:
    """A nested record whose fields depend on its type."""

    def __init__(self, step: Step, cases: dict[str, _Node], otherwise: _Node) -> None:
        self.step = step
        self.cases = cases
        self.otherwise = otherwise


class _ChildList:
    """A list of child records."""

    def __init__(self, render: ListRenderer) -> None:
        self.render = render


def plan_rows(
    resolver: Resolver,
    item: ObjectType,
    select: Sequence[SelectItem],
    children: ChildPlanner | None = None,
) -> Renderer:
    """A renderer for the selected fields. Raises INVALID_FIELD, also for a field named twice."""
    root = _Node(item)
    for selected in select:
        if isinstance(selected, Path):
            _add_path(resolver, root, selected)
        elif isinstance(selected, TypeOf):
            _add_type_of(resolver, root, selected)
        elif isinstance(selected, Children) and children is not None:
            key, render = children(resolver, item, selected)
            root.entries[key] = _ChildList(render)
    return _compiled(resolver, root)


def _add_path(resolver: Resolver, root: _Node, path: Path) -> None:
    if path.alias is not None or path.function is not None:
        # Assumption: widely quoted, not recorded.
        reason = "only aggregate expressions use field aliasing"
        raise query_error("MALFORMED_QUERY", reason, resolver.text, path.at)
    resolved = resolver.path(root.item, path)
    node = root
    for relation in resolved.relations:
        entry = node.entries.setdefault(relation.key, _Parent(relation))
        if not isinstance(entry, _Parent):
            raise query_error(
                "INVALID_FIELD", f"duplicate field selected: {relation.key}", resolver.text, path.at
            )
        node = entry.node
    name = resolved.field.name
    if name in node.entries:
        # Assumption: widely quoted, not recorded.
        raise query_error("INVALID_FIELD", f"duplicate field selected: {name}", resolver.text, path.at)
    field = resolved.field
    if field.type == "address" or field.formula is not None or node.item is NAME_OBJECT:
        node.entries[name] = _Computed(resolver.getter(resolved.owner, resolved.field))
    else:
        node.entries[name] = _Plain(name, False if resolved.field.type == "boolean" else None)


def _add_type_of(resolver: Resolver, root: _Node, type_of: TypeOf) -> None:
    relation = resolver.relation(root.item, type_of.relationship, type_of.at)
    cases = {}
    for type_name, paths in type_of.cases:
        item = resolver.object(type_name, type_of.at)
        cases[item.name] = _node_of(resolver, item, paths)
    otherwise = _node_of(resolver, NAME_OBJECT, type_of.otherwise)
    root.entries[relation.key] = _Typed(relation.step, cases, otherwise)


def _node_of(resolver: Resolver, item: ObjectType, paths: Sequence[Path]) -> _Node:
    node = _Node(item)
    for path in paths:
        _add_path(resolver, node, path)
    return node


def _compiled(resolver: Resolver, node: _Node) -> Renderer:
    """The node as a function: what all records have in common is worked out before the first one."""
    empty = [(key, getattr(entry, "empty", None)) for key, entry in node.entries.items()]
    others = [
        (key, _maker(resolver, entry)) for key, entry in node.entries.items() if not isinstance(entry, _Plain)
    ]
    attributes = _attributes(resolver, node.item)

    def render(record: Record, base: str) -> dict[str, Any]:
        get = record.get
        row: dict[str, Any] = {"attributes": attributes(record, base)}
        # Every key gets its place here, the ones that are not plain their value below.
        for key, absent in empty:
            row[key] = get(key, absent)
        for key, make in others:
            row[key] = make(record, base)
        return row

    return render


def _attributes(resolver: Resolver, item: ObjectType) -> Renderer:
    """What stands before the fields; a parent of open type names its own object in the url."""
    if item is not NAME_OBJECT:
        name, path = item.name, f"/sobjects/{item.name}/"
        return lambda record, base: {"type": name, "url": f"{base}{path}{record['Id']}"}

    def of_open_type(record: Record, base: str) -> dict[str, Any]:
        owner = resolver.org.schema.of_id(record["Id"])
        name = owner.name if owner else item.name
        # Assumption: attributes of a parent of open type say "Name"; its url leads to the real object.
        return {"type": item.name, "url": f"{base}/sobjects/{name}/{record['Id']}"}

    return of_open_type


def _maker(resolver: Resolver, entry: object) -> Callable[[Record, str], Any]:
    """How to make the value of an entry that is not plain."""
    if isinstance(entry, _Computed):
        get = entry.get
        return lambda record, _base: get(record)
    if isinstance(entry, _Parent):
        render, step = _compiled(resolver, entry.node), entry.step
        return lambda record, base: None if (parent := step(record)) is None else render(parent, base)
    if isinstance(entry, _Typed):
        return _typed_maker(resolver, entry)
    if isinstance(entry, _ChildList):
        return entry.render
    raise TypeError(f"no way to show {entry}")


def _typed_maker(resolver: Resolver, entry: _Typed) -> Callable[[Record, str], dict[str, Any] | None]:
    cases = {name: _compiled(resolver, node) for name, node in entry.cases.items()}
    otherwise = _compiled(resolver, entry.otherwise)

    def make(record: Record, base: str) -> dict[str, Any] | None:
        parent = entry.step(record)
        if parent is None:
            return None
        owner = resolver.org.schema.of_id(parent["Id"])
        return cases.get(owner.name if owner else "", otherwise)(parent, base)

    return make


def full_record(
    resolver: Resolver, item: ObjectType, names: Sequence[str] | None
) -> Callable[[Record, str], dict[str, Any]]:
    """A renderer for a record read by id: the named fields, or all the user may see. Raises INVALID_FIELD."""
    readable = resolver.fields(item)
    wanted = [field.name for field in readable.values()] if names is None else list(dict.fromkeys(names))
    for name in wanted:
        if "." not in name and name.lower() not in readable:
            raise SalesforceError("INVALID_FIELD", column_text(name, item.name))
    return plan_rows(resolver, item, [Path(tuple(name.split(".")), 0) for name in wanted])
