"""The objects of an organisation: the standard ones of the tables plus the custom fields added since."""

from __future__ import annotations

from dataclasses import dataclass, replace

from emulators.salesforce.fields import Field, ObjectType, read_object_types

ACTIVITY = "Activity"
EMAIL_MESSAGE = "EmailMessage"
_ACTIVITY_OBJECTS = ("Task", "Event")


@dataclass(frozen=True, slots=True)
class Groups:
    """Fields of an object that every write asks for, so that it need not walk all of them."""

    required: tuple[str, ...]
    references: tuple[str, ...]
    unique: tuple[Field, ...]


class Schema:
    """Object types by name; `version` moves with every change of a field."""

    def __init__(self) -> None:
        self.objects: dict[str, ObjectType] = read_object_types()
        self.prefixes = {item.name: item.prefix for item in self.objects.values()}
        self.version = 0
        self._known = dict(self.objects)
        self._groups: dict[str, tuple[int, Groups]] = {}
        self._by_lower = {name.lower(): item for name, item in self.objects.items()}
        self._by_prefix = {item.prefix: item for item in self.objects.values()}

    def switch(self, name: str, *, present: bool) -> None:
        """Show or hide an object that an organisation has or has not; its records stay."""
        if present == (name in self.objects):
            return
        item = self._known[name]
        for index, key in (
            (self.objects, name),
            (self._by_lower, name.lower()),
            (self._by_prefix, item.prefix),
        ):
            if present:
                index[key] = item
            else:
                del index[key]
        self.version += 1

    def find(self, name: str) -> ObjectType | None:
        """An object by its name in any case."""
        return self._by_lower.get(name.lower())

    def of_id(self, record_id: str) -> ObjectType | None:
        """The object a record id belongs to, by its key prefix."""
        return self._by_prefix.get(record_id[:3])

    def holders(self, name: str) -> list[ObjectType]:
        """The objects a field of `name` is defined on: fields of Activity belong to Task and Event."""
        names = _ACTIVITY_OBJECTS if name == ACTIVITY else (name,)
        return [self.objects[item] for item in names if item in self.objects]

    def groups(self, item: ObjectType) -> Groups:
        """The fields of an object by what a write has to do with them."""
        version, groups = self._groups.get(item.name, (-1, None))
        if groups is None or version != self.version:
            fields = item.fields.values()
            groups = Groups(
                tuple(field.name for field in fields if field.required),
                tuple(field.name for field in fields if field.type == "reference"),
                tuple(field for field in fields if field.unique),
            )
            self._groups[item.name] = self.version, groups
        return groups

    def field(self, qualified: str) -> Field | None:
        """A field by `Object.Field`."""
        object_name, _, name = qualified.partition(".")
        item = self.find(object_name)
        return item.fields.get(name.lower()) if item else None

    def add_field(self, object_name: str, new: Field) -> None:
        """Add or replace a custom field."""
        for item in self.holders(object_name):
            item.add(new)
        self.version += 1

    def rename_field(self, qualified: str, new_name: str) -> Field:
        """Give a custom field another name; return it as it is now. Raises KeyError without the field."""
        object_name, _, name = qualified.partition(".")
        renamed: Field | None = None
        for item in self.holders(object_name):
            renamed = replace(item.fields.pop(name.lower()), name=new_name)
            item.add(renamed)
        if renamed is None:
            raise KeyError(f"no object {object_name}")
        self.version += 1
        return renamed

    def remove_field(self, object_name: str, name: str) -> None:
        """Remove a custom field; its values stay in the records, unseen, as in the deleted-fields list."""
        for item in self.holders(object_name):
            item.fields.pop(name.lower(), None)
        self.version += 1
