"""A state machine over both CRMs at once: people, faults, crashes and syncs in any order.

The real connectors speak to both emulators over HTTP, all on one virtual clock. Whatever has happened: once the
faults have cleared, two syncs bring everything into order (the invariants in two_crms.py), and a third writes
nothing. Between any two steps nothing that is not ours has changed by our hand.

SHORTLIST_TWO_CRMS=N tries N stories of up to 30 steps instead of the few of the default.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from core.errors import ShortlistError
from core.records import Kind
from store.outbox import our_members
from sync.engine import Engine
from sync.runs import run_sync
from tests.e2e.crms import SECRETS
from tests.kill_points import NOW, Point, engine_at, killed
from tests.kill_stage import Stage, stage
from tests.property.crm_people import HubspotPeople, People, SalesforcePeople
from tests.property.two_crms import check_mirror, check_nothing_twice, check_quiet, check_told

LONG = int(os.environ.get("SHORTLIST_TWO_CRMS", "0"))
_SETTINGS = settings(
    max_examples=LONG or 6,
    stateful_step_count=30 if LONG else 12,
    deadline=None,
    phases=(
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ),  # a story takes seconds: shrinking one takes an hour
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
_PAUSE, _A_DAY = timedelta(minutes=20), timedelta(days=1)
_FAULTS = (
    {"status": 429, "headers": {"Retry-After": "1"}, "body": {"policyName": "TEN_SECONDLY_ROLLING"}},
    {"status": 500, "body": "<html>oops</html>"},
    {"status": 503, "body": "<html>maintenance</html>"},
    {"drop": "before"},
    {"drop": "after"},
    {"half": True},
)
_DEATHS = (
    "salesforce: write Account, answered",
    "salesforce: write Contact, answered",
    "salesforce: change members, answered",
    "salesforce: read Account, answered",
    "hubspot: write companies, answered",
    "hubspot: write contacts, not sent",
    "hubspot: change members, answered",
    "hubspot: read companies, answered",
    "store.links.save_match, not committed",
    "store.links.save_match, committed",
    "store.evidence.refresh_evidence, not committed",
    "store.scores.save_scores, committed",
    "store.outbox.begin 1, committed",
    "store.outbox.settle_fields, not committed",
    "store.outbox.settle_fields, committed",
    "store.outbox.settle_members target_accounts, not committed",
    "store.runs.finish_run, not committed",
)

crms = st.sampled_from(["salesforce", "hubspot"])
kinds = st.sampled_from([Kind.ACCOUNT, Kind.ACCOUNT, Kind.CONTACT])
numbers = st.integers(0, 11)


class TwoCrms(RuleBasedStateMachine):
    """The same installed world at the beginning of each story."""

    stage: ClassVar[Stage]
    happened: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.stage.begin("installed")
        self.now = NOW
        self.theirs: set[tuple[str, str, str]] = set()
        """Memberships that a person made: (CRM, list, account)."""

    def people(self, crm: str) -> People:
        url, app = self.stage.urls[crm], self.stage.slots[crm].app
        return SalesforcePeople(url, app) if crm == "salesforce" else HubspotPeople(url, app)

    def pass_by(self, pause: timedelta) -> None:
        self.now += pause
        for slot in self.stage.slots.values():
            slot.app.clock.freeze(self.now)

    def note(self, what: str) -> None:
        """Count what happened, for whoever asks whether the stories hold what they should."""
        event(what)
        self.happened[what] += 1

    # ------------------------------------------------------------ people

    @rule(crm=crms, kind=kinds, which=numbers, number=numbers)
    def edits(self, crm: str, kind: Kind, which: int, number: int) -> None:
        people = self.people(crm)
        if found := people.living(kind):
            self.note(f"{crm}: {kind} edited")
            self.pass_by(timedelta(seconds=3))
            people.edit(kind, found[which % len(found)], number)

    @rule(crm=crms, kind=kinds, which=numbers, number=numbers)
    def types_over_ours(self, crm: str, kind: Kind, which: int, number: int) -> None:
        people = self.people(crm)
        if found := people.living(kind):
            self.note(f"{crm}: {kind} typed over")
            self.pass_by(timedelta(seconds=3))
            people.type_over(kind, found[which % len(found)], number)

    @rule(crm=crms, kind=kinds, which=numbers)
    def deletes(self, crm: str, kind: Kind, which: int) -> None:
        people = self.people(crm)
        if len(found := people.living(kind)) > 1:
            self.note(f"{crm}: {kind} deleted")
            self.pass_by(timedelta(seconds=3))
            people.delete(kind, found[which % len(found)])
            self._forget_members(people)

    @rule(crm=crms, kind=kinds, which=numbers)
    def restores(self, crm: str, kind: Kind, which: int) -> None:
        people = self.people(crm)
        if found := people.deleted(kind):
            self.note(f"{crm}: {kind} restored")
            self.pass_by(timedelta(seconds=3))
            people.restore(kind, found[which % len(found)])
            self._forget_members(people)

    @rule(crm=crms, kind=kinds, which=numbers, other=numbers)
    def merges(self, crm: str, kind: Kind, which: int, other: int) -> None:
        people = self.people(crm)
        found = people.living(kind)
        survivor, loser = found[which % len(found)], found[other % len(found)]
        if survivor != loser and len(found) > 2:
            self.note(f"{crm}: {kind} merged")
            self.pass_by(timedelta(seconds=3))
            people.merge(kind, survivor, loser)
            self._forget_members(people)

    @rule(crm=crms, which=numbers, list_number=numbers)
    def changes_a_list(self, crm: str, which: int, list_number: int) -> None:
        people = self.people(crm)
        lists, found = people.lists(), people.living(Kind.ACCOUNT)
        assert lists, "install made no list"
        list_id, account = lists[list_number % len(lists)], found[which % len(found)]
        self.pass_by(timedelta(seconds=3))
        if account in people.members(list_id):
            self.note(f"{crm}: taken off a list")
            people.change_member(list_id, account, joins=False)
            self.theirs.discard((crm, list_id, account))
        else:
            self.note(f"{crm}: put on a list")
            people.change_member(list_id, account, joins=True)
            if not self._is_ours(crm, account):
                self.theirs.add((crm, list_id, account))

    def _is_ours(self, crm: str, account: str) -> bool:
        """Whether we put the account on a list of this CRM; whoever puts it there too makes it no less ours."""
        with engine_at(self.stage.crms.config, self.now) as engine:
            number = next(one.id for one in engine.connections if one.name == crm)
            keys = [entry.key for entry in engine.model.spec.lists]
            return any(account in our_members(engine.database, number, key) for key in keys)

    def _forget_members(self, people: People) -> None:
        """What deleting, restoring or merging does to memberships is the CRM's business."""
        there = {(people.crm, one, account) for one in people.lists() for account in people.members(one)}
        living = set(people.living(Kind.ACCOUNT))
        self.theirs = {
            one for one in self.theirs if one[0] != people.crm or (one in there and one[2] in living)
        }

    # ------------------------------------------------------------ what goes wrong

    @rule(
        crm=crms,
        fault=st.sampled_from(_FAULTS),
        skip=st.integers(0, 40),
        times=st.sampled_from([1, 2, 7, 40]),
    )
    def a_fault_comes(self, crm: str, fault: dict[str, object], skip: int, times: int) -> None:
        self.note(f"{crm}: fault {fault.get('status') or fault.get('drop') or 'half'}")
        self.stage.slots[crm].app.faults.add({"path": "", "skip": skip, "times": times, **fault})

    @rule(crm=crms, method=st.sampled_from(["PATCH", "POST", "PUT"]))
    def the_answer_to_a_write_is_lost(self, crm: str, method: str) -> None:
        self.note(f"{crm}: answer to a write lost")
        path = r"composite|batch/update|memberships|sobjects"
        self.stage.slots[crm].app.faults.add({"method": method, "path": path, "times": 7, "drop": "after"})

    @rule(crm=crms, which=numbers)
    def a_record_is_locked(self, crm: str, which: int) -> None:
        people = self.people(crm)
        if found := people.living(Kind.ACCOUNT):
            self.note(f"{crm}: record locked")
            people.lock(found[which % len(found)])

    @rule()
    def faults_clear(self) -> None:
        for slot in self.stage.slots.values():
            slot.app.faults.clear()

    # ------------------------------------------------------------ the engine

    @rule()
    def syncs(self) -> None:
        self.pass_by(_PAUSE)
        before = self._not_ours()
        try:
            with engine_at(self.stage.crms.config, self.now) as engine:
                run_sync(engine)
            self.note("sync: done")
        except ShortlistError as failed:
            self.note(f"sync: {type(failed).__name__}")
        self._check_untouched(before)

    @rule()
    def syncs_again(self) -> None:
        """Rules are drawn alike, and stories without syncs tell nothing."""
        self.syncs()

    @rule()
    def syncs_and_again(self) -> None:
        """As above."""
        self.syncs()

    @rule(name=st.sampled_from(_DEATHS), times=st.sampled_from([1, 1, 2]))
    def the_engine_is_killed(self, name: str, times: int) -> None:
        self.pass_by(_PAUSE)
        before = self._not_ours()
        ended = killed(self.stage.crms.config, "sync", Point(name, times), self.now)
        self.note(f"child: {'killed' if ended else 'the point was not reached'}")
        self._check_untouched(before)

    def _not_ours(self) -> dict[str, object]:
        return {crm: self.people(crm).not_ours() for crm in self.stage.slots}

    def _check_untouched(self, before: dict[str, object]) -> None:
        """I3: no field that is not ours, no deleted record, no record more."""
        after = self._not_ours()
        for crm in self.stage.slots:
            assert after[crm] == before[crm], crm

    def teardown(self) -> None:
        self.faults_clear()
        for crm in self.stage.slots:
            self.people(crm).unlock()
        before = self._not_ours()
        for _ in range(2):
            self.pass_by(_PAUSE)
            with engine_at(self.stage.crms.config, self.now) as engine:
                run_sync(engine)
        self.pass_by(_PAUSE)
        with engine_at(self.stage.crms.config, self.now) as engine:
            self._check(engine)
        self._check_untouched(before)

    def _check(self, engine: Engine) -> None:
        idle = run_sync(engine)
        check_quiet(engine, idle)
        is_left = check_mirror(engine, are_compared=False)
        check_told(engine)
        for crm in self.stage.slots:
            check_nothing_twice(self.people(crm))
        for crm, list_id, account in self.theirs:
            assert account in self.people(crm).members(list_id), "a person's member was taken off"
        if is_left:
            self._check_compared()

    def _check_compared(self) -> None:
        """A day later, ids are compared of what leaves no trace when it is deleted."""
        self.note("left until ids were compared")
        self.pass_by(_A_DAY)
        with engine_at(self.stage.crms.config, self.now) as engine:
            run_sync(engine)
            check_mirror(engine)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        with stage(tmp_path_factory.mktemp("crms"), ("installed", lambda made: made.run("install"))) as made:
            yield made


def test_whatever_happens_two_syncs_bring_both_crms_into_order(both: Stage) -> None:
    TwoCrms.stage = both
    try:
        run_state_machine_as_test(TwoCrms, settings=_SETTINGS)
    finally:
        for what, count in sorted(TwoCrms.happened.items()):
            sys.stdout.write(f"{count:5} {what}\n")
