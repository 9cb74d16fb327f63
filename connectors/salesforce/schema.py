"""What describe says about the org: which objects and fields are there for the run-as user.

A field that its permissions hide looks exactly like one that does not exist.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from connectors.salesforce.client import Client
from connectors.salesforce.errors import Refusal
from core.errors import AuthError, ConfigError, ContractError
from core.fields import ManagedField
from core.managed_fields import fields_of
from core.records import Kind

OBJECTS = {Kind.ACCOUNT: "Account", Kind.CONTACT: "Contact", Kind.DEAL: "Opportunity"}
"""The object of each kind that has one."""


PARENT_FIELDS: Mapping[str, Mapping[str, str]] = {
    "CampaignMember": {"Campaign.Type": "Campaign", "Contact.AccountId": "Contact"},
    "EmailMessage": {"Activity.WhoId": "Task", "Activity.AccountId": "Task"},
}
"""Fields of parents that are read along with an object, and the object that has them."""


def managed_name(field_name: str) -> str:
    """Salesforce's name of a managed field: mqa_since is ABM_Mqa_Since__c."""
    return "ABM_" + "_".join(word.capitalize() for word in field_name.split("_")) + "__c"


class Option(NamedTuple):
    """A value of a picklist, as the org has it."""

    value: str
    label: str
    is_active: bool = True
    is_default: bool = False


class FieldInfo(NamedTuple):
    """One field as the run-as user sees it. `type` is describe's word (string, double, picklist, …).

    length: the most characters of a text, 0 where it has no such limit. values: what a restricted picklist
    takes, None for all other fields. relationship: the name by which fields of its parents are selected;
    refers_to: what objects they can be. options: every value of a picklist, switched off ones as well.
    """

    name: str
    type: str
    createable: bool
    updateable: bool
    calculated: bool
    filterable: bool
    length: int = 0
    values: frozenset[str] | None = None
    relationship: str | None = None
    refers_to: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()


class ObjectInfo(NamedTuple):
    """One object as the run-as user sees it; without any field where it is hidden or unknown.

    `fields` holds those of PARENT_FIELDS by their paths as well.
    """

    name: str
    createable: bool
    fields: Mapping[str, FieldInfo]

    def has(self, name: str | None) -> bool:
        """Whether a field is there and readable."""
        return name in self.fields

    def managed(self, kind: Kind) -> tuple[ManagedField, ...]:
        """The managed fields that are there."""
        return tuple(field for field in fields_of(kind) if managed_name(field.name) in self.fields)


_GOOD_FOR_SECONDS = 86_400.0
"""How long a process takes a description for true: it may live for months, while admins add and grant fields."""

NOTHING = ObjectInfo("", createable=False, fields={})
"""Before describe was asked."""


@dataclass
class Schema:
    """Describes each object once, until it is told to forget it or a day is over; safe to share between threads."""

    client: Client
    _known: dict[str, ObjectInfo] = field(default_factory=dict)
    _is_doubted: bool = False
    _since: float = field(init=False)
    _locks: defaultdict[str, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    def __post_init__(self) -> None:
        self._since = self.client.wire.timing.monotonic()

    def doubt(self) -> None:
        """Hear that something is missing, which may be there by the next run."""
        self._is_doubted = True

    @contextmanager
    def doubting(self) -> Iterator[None]:
        """Doubt what is known where it makes something fail: people are told to grant it, or to put it right."""
        try:
            yield
        except (AuthError, ConfigError):
            self.doubt()
            raise

    def begin_run(self) -> None:
        """Forget what is a day old, or was in doubt; nothing is described before it is asked for."""
        now = self.client.wire.timing.monotonic()
        if self._is_doubted or now - self._since > _GOOD_FOR_SECONDS:
            self._is_doubted, self._since = False, now
            self.forget(list(self._known))

    def of(self, name: str) -> ObjectInfo:
        """The object as described before, or now."""
        with self._locks[name]:
            info = self._known.get(name)
            if info is None:
                own = self._describe(name)
                # Parents have no parents that are read, so nobody waits for a lock in a circle.
                info = own._replace(fields={**own.fields, **self._of_parents(own)})
                self._known[name] = info
            return info

    def look_up(self, names: Iterable[str], *, meanwhile: Callable[[], object] | None = None) -> None:
        """Describe at once which of these are not known yet; where there are any, `meanwhile` is called beside it.

        Raises AuthError where nothing at all may be described; a single one is left to `of` to refuse.
        """
        unknown = [name for name in names if name not in self._known]
        if not unknown:
            return
        self.client.wire.identity()  # one log-in, refused once, before several ask
        with ThreadPoolExecutor(len(unknown) + 1) as pool:
            beside = pool.submit(meanwhile) if meanwhile else None
            refused = [error for error in pool.map(self._refusal, unknown) if error is not None]
        if beside:
            beside.result()
        if refused and not self._known:
            raise refused[0]

    def _refusal(self, name: str) -> AuthError | None:
        """Describe an object; the error where that is not allowed."""
        try:
            self.of(name)
        except AuthError as error:
            return error
        return None

    def _of_parents(self, own: ObjectInfo) -> Mapping[str, FieldInfo]:
        """PARENT_FIELDS that can be selected: where the field is hidden, or the one that leads to it, none can."""
        found, links = dict[str, FieldInfo](), {one.relationship for one in own.fields.values()}
        for path, parent in PARENT_FIELDS.get(own.name, {}).items():
            link, _, name = path.partition(".")
            if link in links and (info := self.of(parent).fields.get(name)):
                found[path] = info
        return found

    def forget(self, names: Iterable[str]) -> None:
        """Describe these objects, and the parents they are read with, anew when they are next asked for."""
        for name in chain.from_iterable((name, *PARENT_FIELDS.get(name, {}).values()) for name in names):
            with self._locks[name]:
                self._known.pop(name, None)

    def _describe(self, name: str) -> ObjectInfo:
        try:
            told = self.client.call("describe").rest_object(
                ("createable", "fields"), f"sobjects/{name}/describe"
            )
            return ObjectInfo(name, told["createable"], {one["name"]: _field(one) for one in told["fields"]})
        except Refusal as refusal:
            if refusal.code in ("NOT_FOUND", "INVALID_TYPE"):
                return ObjectInfo(name, createable=False, fields={})
            raise
        except (KeyError, TypeError) as error:
            raise ContractError(f"Salesforce describes {name} in a form we do not know: {error}.") from error


def _field(told: Mapping[str, Any]) -> FieldInfo:
    options = tuple(
        Option(
            one["value"],
            one.get("label") or one["value"],
            one.get("active", True),
            bool(one.get("defaultValue")),
        )
        for one in told.get("picklistValues") or ()
    )
    is_restricted = told.get("restrictedPicklist")
    return FieldInfo(
        told["name"],
        told["type"],
        told["createable"],
        told["updateable"],
        told["calculated"],
        told["filterable"],
        told.get("length") or 0,
        frozenset(one.value for one in options if one.is_active) if is_restricted else None,
        told.get("relationshipName"),
        tuple(told.get("referenceTo") or ()),
        options,
    )
