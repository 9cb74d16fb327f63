"""Both emulators at addresses that stay while their worlds are exchanged: every kill begins with the same one."""

import copy
import copyreg
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from emulators import hubspot, salesforce
from emulators.common.server import start
from emulators.demo import generate, hubspot_records, salesforce_records
from store.copy import table_sums
from store.database import open_database
from tests.e2e.crms import NOW as LOADED_AT
from tests.e2e.crms import Crms, end_state, write_config
from tests.kill_points import NOW, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# A copied world has locks of its own.
for _made_by in (threading.Lock, threading.RLock, threading.Condition, threading.Event):
    copyreg.pickle(type(_made_by()), partial(lambda made_by, _: (made_by, ()), _made_by))

ACCOUNTS = 4
_WITH_ID = ("Campaign", "PermissionSet", "PermissionSetAssignment")
_AROUND: Mapping[str, Callable[[Any], Any]] = {"salesforce": salesforce.around, "hubspot": hubspot.around}
_NOT_COMPARED = ("run", "change", "call_meter", "written", "quarantine", "mark", "inventory")
"""Tables that tell what happened, not how things are. Of what was written only the values are compared, of what
rests all but the words, which name the run, of marks those that do not count what was done, and of the inventory
whether its ids are a thing's in the CRM: a deploy that was only tried uses up ids."""
_INVENTORY = (
    "SELECT connection_id, type, name, details, made_by_us, remote_id FROM inventory ORDER BY 1, 2, 3"
)
_RESTING = (
    "SELECT connection_id, kind, remote_id, code, fingerprint, attempts FROM quarantine ORDER BY 1, 2, 3"
)

_WRITTEN = "SELECT kind, remote_id, fields FROM written ORDER BY connection_id, kind, remote_id"
_MARKS = "SELECT name, value FROM mark WHERE name NOT LIKE 'generation%' AND name <> 'settled'"


@dataclass
class Slot:
    """A server's application, which can be exchanged."""

    app: Any

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer: Iterable[bytes] = self.app(environ, start_response)
        return answer

    def release(self) -> None:
        self.app.release()


@dataclass
class Stage:
    """Both CRMs, a configuration, and the worlds that were kept of them and of the store by name."""

    slots: Mapping[str, Slot]
    urls: Mapping[str, str]
    folder: Path
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def crms(self) -> Crms:
        return Crms(
            self.slots["salesforce"].app,
            self.slots["hubspot"].app,
            self.urls["salesforce"],
            self.urls["hubspot"],
            self.folder,
        )

    @property
    def store(self) -> Path:
        return self.folder / "shortlist.sqlite"

    def keep(self, name: str) -> None:
        """Keep everything as it is now."""
        self.kept[name] = {crm: copy.deepcopy(slot.app.backend) for crm, slot in self.slots.items()}
        if self.store.exists():
            shutil.copy(self.store, self.folder / name)

    def begin(self, name: str) -> None:
        """Put everything back to what was kept under a name."""
        for crm, slot in self.slots.items():
            slot.app = _AROUND[crm](copy.deepcopy(self.kept[name][crm]))
        for path in self.folder.glob("shortlist.sqlite*"):
            path.unlink()
        if (self.folder / name).exists():
            shutil.copy(self.folder / name, self.store)

    def run(self, *commands: str) -> None:
        """Do commands one after the other, undisturbed."""
        for command in commands:
            run(self.crms.config, command)

    def state(self) -> dict[str, Any]:
        """What both CRMs hold, how many things of each name there are, and the store's checksums."""
        database = open_database(f"sqlite:///{self.store}")
        with database.read() as reader:
            marks = {row[0]: row[1] for row in reader.exec_driver_sql(_MARKS)}
            resting = [tuple(row) for row in reader.exec_driver_sql(_RESTING)]
            sums = {one.name: one[1:] for one in table_sums(reader) if one.name not in _NOT_COMPARED}
            written = [tuple(row) for row in reader.exec_driver_sql(_WRITTEN)]
            inventory = [tuple(row) for row in reader.exec_driver_sql(_INVENTORY)]
        ours = {f"{kind} {remote_id}": _values(fields) for kind, remote_id, fields in written}
        database.close()
        return {
            **end_state(self.crms),
            **_named(self.crms),
            "store": sums,
            "inventory": [(*row[:-1], _is_there(self.crms, row[-1])) for row in inventory],
            "written": ours,
            "resting": resting,
            "marks": marks,
        }


def _values(fields: str) -> dict[str, str | None]:
    return {name: wrote[0] for name, wrote in orjson.loads(fields).items()}


def _is_there(crms: Crms, remote_id: str | None) -> bool | None:
    """Whether an id of the inventory is that of a thing in a CRM; None for what has no id."""
    if remote_id is None:
        return None
    rows = [row for name in _WITH_ID for row in crms.salesforce.backend.state(name)]
    lists = (row["listId"] for row in crms.hubspot.backend.state("lists"))
    return remote_id in {*(row["Id"] for row in rows), *lists}


def _named(crms: Crms) -> dict[str, list[str]]:
    """The lists of both CRMs: one that was made twice shows."""
    return {
        "campaigns": sorted(row["Name"] for row in crms.salesforce.backend.state("Campaign")),
        "hubspot lists": sorted(row["name"] for row in crms.hubspot.backend.state("lists")),
    }


@contextmanager
def stage(folder: Path, *steps: tuple[str, Callable[[Stage], None]]) -> Iterator[Stage]:
    """A stage with the world `fresh`, and behind each step, a name and what happens, the world of that name."""
    world = generate(accounts_per_crm=ACCOUNTS, activities=8 * ACCOUNTS, seed=11, now=LOADED_AT)
    slots = {"salesforce": Slot(salesforce.create_app()), "hubspot": Slot(hubspot.create_app())}
    slots["salesforce"].app.backend.load(salesforce_records(world))
    slots["hubspot"].app.backend.load(hubspot_records(world))
    slots["hubspot"].app.backend.change_settings({"burst_limit": None, "search_per_second": None})
    for slot in slots.values():
        slot.app.clock.freeze(NOW)
    running = {name: start(slot) for name, slot in slots.items()}
    made = Stage(slots, {name: server.url for name, server in running.items()}, folder)
    write_config(made.crms)
    try:
        made.keep("fresh")
        for name, happens in steps:
            happens(made)
            made.keep(name)
        yield made
    finally:
        for server in running.values():
            server.stop()
