"""What a run did or would do, in words and as JSON."""

from core.clock import from_millis
from core.fields import NO_TIER, TIERS
from scoring.standing import LABELS
from scoring.tiers import over_cap
from shortlist.commands.matches_view import say_waiting
from shortlist.console import Output
from sync.drift import Handling, drift_counts
from sync.plan import Plan
from sync.report import Report
from sync.scored import Scored

_SHOWN_MOVES = 15


def show_pull(output: Output, report: Report) -> None:
    """What was read, by object, and what it was matched to."""
    rows = [(p.connection, p.stream, p.read, p.changed, p.skipped) for p in report.pulled or []]
    output.table("Read", ("connection", "object", "records", "new or changed", "unreadable"), rows)
    for name, least in report.least_read_calls.items():
        calls = read_calls(report.calls.get(name, {}))
        output.say(f"{name}: {calls:,} calls to read, {least:,} at least.")
    if report.matched:
        found = report.matched
        output.say(
            f"{found.accounts:,} accounts ({found.shared:,} in more than one CRM), "
            f"{found.contacts:,} contacts ({found.contacts_without_account:,} without an account)."
        )
        say_waiting(output, found.undecided)
    show_notes(output, report)


def show_notes(output: Output, report: Report) -> None:
    """What the connectors did in another way than usual."""
    for note in report.notes:
        output.say(note, style="yellow")


def show_backfill(output: Output, report: Report) -> None:
    """Which past week-ends were scored, and which had scores already."""
    if report.backfilled:
        found = report.backfilled
        kept = f" {len(found.kept)} had scores and were kept as they are." if found.kept else ""
        output.say(f"{len(found.filled)} past week-ends scored.{kept}")


def show_tiers(output: Output, report: Report) -> None:
    """How many accounts each tier holds, and how many it may."""
    if report.settled is not None:
        at = from_millis(report.settled.as_of_ms)
        output.say(f"Nothing has changed since {at:%H:%M} UTC today: scores, tiers and lists stand.")
    if report.scored is None:
        return
    caps = report.scored.model.spec.tiers
    placed = [row.tier for row in report.scored.tiers]
    rows: list[tuple[object, ...]] = [
        (LABELS[tier], placed.count(tier), getattr(caps, tier).cap) for tier in TIERS
    ]
    output.table(
        "Tiers", ("tier", "accounts", "seats"), [*rows, (LABELS[NO_TIER], placed.count(NO_TIER), "")]
    )
    _show_over_cap(output, report.scored)


def _show_over_cap(output: Output, scored: Scored) -> None:
    """Only people's pins can fill a tier above its cap, and then it is said (docs/scoring.md section 7)."""
    for full in over_cap(scored.assignments, scored.model):
        words = f"{LABELS[full.tier]} is over its cap of {full.cap}: people have pinned {full.pins} accounts to it."
        output.say(words, style="yellow")


def show_plan(output: Output, report: Report) -> None:
    """What would be written where, which accounts would move, and what it would cost."""
    plan = report.plan
    if plan is None or report.scored is None:
        return
    _show_over_cap(output, report.scored)
    moves = plan.tier_moves[:_SHOWN_MOVES]
    if moves:
        rows = [(m.account, LABELS[m.before], LABELS[m.after], m.reason) for m in moves]
        output.table(f"Tier moves ({len(plan.tier_moves)})", ("account", "from", "to", "reason"), rows)
    for change in plan.members:
        output.say(f"List {change.list_name}: {len(change.add)} join, {len(change.remove)} leave.")
    for words in plan.lost:
        output.say(words, style="yellow")
    output.say(_plan_words(plan))
    for name, calls in report.least_write_calls.items():
        output.say(f"  {name}: {calls} write calls at least")
    show_drift(output, plan)
    for reason in report.stops:
        output.say(f"A guard would stop this plan: {reason}", style="yellow")
    if not plan.is_empty:
        words = f"`shortlist push --confirm {plan.id}`" if report.stops else "`shortlist push`"
        output.say(f"Plan {plan.id}. Nothing was written; {words} writes it.")


_HANDLING = {
    Handling.OURS: "put back",
    Handling.KEEP: "left, by [sync.drift]",
    Handling.WAR: "left, in quarantine: set back after every write",
}


def show_drift(output: Output, plan: Plan) -> None:
    """Fields that others have written, and what becomes of them."""
    rows = [
        (field, _HANDLING[Handling(handling)], count)
        for field, counts in drift_counts(plan.drift).items()
        for handling, count in counts.items()
    ]
    if rows:
        output.table(
            "Drift: somebody else has written our fields", ("field", "what is done", "records"), rows
        )


def _plan_words(plan: Plan) -> str:
    if plan.is_empty:
        return f"Nothing to write.{_aside(plan)}"
    return f"{len(plan.records):,} records to write.{_aside(plan)}"


def _aside(plan: Plan) -> str:
    waiting = f" {plan.waiting:,} records moved too little to be written now." if plan.waiting else ""
    held = f" {plan.quarantined:,} are in quarantine." if plan.quarantined else ""
    return waiting + held


def show_push(output: Output, report: Report) -> None:
    """What was written to which CRM, with the calls it took and the fewest that could have done it."""
    rows = [
        (
            pushed.connection,
            pushed.records,
            pushed.members,
            pushed.rejected,
            write_calls(report.calls.get(pushed.connection, {})),
            report.least_write_calls.get(pushed.connection, 0),
            sum(report.calls.get(pushed.connection, {}).values()),
        )
        for pushed in report.pushed or []
    ]
    columns = ("connection", "records", "members", "rejected", "write calls", "at least", "all calls")
    output.table("Written", columns, rows)
    if report.plan is not None:
        show_drift(output, report.plan)
        written = sum(pushed.records + pushed.members for pushed in report.pushed or [])
        words = f"{written:,} writes." if written else "0 writes: both CRMs already say what they should."
        output.say(words + _aside(report.plan))
    if report.rejected:
        output.say(f"{report.rejected} writes were refused: shortlist runs {report.run_id}", style="yellow")


def write_calls(calls: dict[str, int]) -> int:
    """API calls that wrote something."""
    return sum(count for operation, count in calls.items() if operation.startswith(("write", "change")))


def read_calls(calls: dict[str, int]) -> int:
    """API calls that read records or counted them."""
    reading = {
        name: n
        for name, n in calls.items()
        if name.startswith(("read ", "count ")) and name != "read members"
    }
    return sum(reading.values())


def report_json(report: Report) -> dict[str, object]:
    """The JSON document of a run."""
    plan, scored = report.plan, report.scored
    return {
        "run": report.run_id or None,
        "as_of": report.as_of.isoformat(),
        "pulled": [item._asdict() for item in report.pulled or []],
        "matched": report.matched,
        "backfilled": report.backfilled,
        "tiers": scored and {t: [row.tier for row in scored.tiers].count(t) for t in (*TIERS, NO_TIER)},
        "over_cap": over_cap(scored.assignments, scored.model) if scored else [],
        "plan": plan
        and {
            "id": plan.id,
            "records": len(plan.records),
            "lists": [
                {
                    "name": c.list_name,
                    "connection": c.connection_id,
                    "join": len(c.add),
                    "leave": len(c.remove),
                }
                for c in plan.members
            ],
            "drift": drift_json(plan),
            "stops": report.stops,
            "tier_moves": [move._asdict() for move in plan.tier_moves],
            "waiting": plan.waiting,
            "quarantined": plan.quarantined,
        },
        "pushed": [item._asdict() for item in report.pushed or []],
        "calls": report.calls,
        "least_write_calls": report.least_write_calls,
        "least_read_calls": report.least_read_calls,
        "notes": report.notes,
    }


def drift_json(plan: Plan) -> list[dict[str, object]]:
    """Every drifted field for the JSON document."""
    return [
        {
            "connection": one.connection_id,
            "kind": one.ref.kind,
            "remote_id": one.ref.remote_id,
            "field": one.field,
            "written": one.written,
            "found": one.found,
            "handling": one.handling,
        }
        for one in plan.drift
    ]
