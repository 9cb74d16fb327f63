"""The command line: names the commands; what they do stands in shortlist/commands."""

import typer

from shortlist.commands import (
    backtest,
    database,
    keys,
    look,
    matches,
    model_publish,
    schedule,
    setup,
    sign_in,
    signals,
    work,
)
from shortlist.commands import model as models
from shortlist.commands import override as overrides
from shortlist.commands.decisions import decisions
from shortlist.commands.emulate import emulate
from shortlist.commands.explain import explain
from shortlist.commands.forget import forget
from shortlist.commands.lists import lists
from shortlist.commands.rollback import rollback
from shortlist.commands.serve import serve, worker
from shortlist.demo.command import demo
from shortlist.process import collect_seldom, give_back_memory

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Keeps one account-based-marketing truth in Salesforce and HubSpot. "
    "Exit codes: 0 done, 1 failed, 2 there are changes (plan, --dry-run), 3 stopped by a guard.",
)
app.command("demo")(demo)
app.command("init")(setup.init)
app.command("connect")(sign_in.connect)
app.command("disconnect")(sign_in.disconnect)
app.command("check")(setup.check)
app.command("install")(setup.install)
app.command("uninstall")(setup.remove)
app.command("pull")(work.pull)
app.command("score")(work.score)
app.command("plan")(work.plan)
app.command("push")(work.push)
app.command("sync")(work.sync)
app.command("explain")(explain)
app.command("runs")(look.runs)
app.command("rollback")(rollback)
app.command("decisions")(decisions)
app.command("quarantine")(look.quarantine)
app.command("retry")(look.retry)
app.command("lists")(lists)
app.command("forget")(forget)
app.command("emulate")(emulate)
app.command("serve")(serve)
app.command("worker")(worker)

model = typer.Typer(no_args_is_help=True, help="Scoring models.")
model.command("validate")(models.validate)
model.command("publish")(model_publish.publish)
model.command("list")(models.list_versions)
model.command("show")(models.show)
model.command("diff")(models.diff)
model.command("backtest")(backtest.backtest)
model.command("suggest")(backtest.suggest)
app.add_typer(model, name="model")

decide = typer.Typer(help="Which CRM records are one account, where rules alone do not tell.")
decide.callback(invoke_without_command=True)(matches.listing)
decide.command("accept")(matches.accept)
decide.command("reject")(matches.reject)
decide.command("split")(matches.split_record)
decide.command("join")(matches.join_record)
decide.command("people")(matches.people)
decide.command("place")(matches.place)
decide.command("apart")(matches.apart)
decide.command("log")(matches.show_log)
app.add_typer(decide, name="matches")

signal = typer.Typer(no_args_is_help=True, help="Signals from outside: intent, funding, hiring and so on.")
signal.command("import")(signals.bring_in)
signal.command("list")(signals.show)
signal.command("lift")(signals.lift)
app.add_typer(signal, name="signals")

override = typer.Typer(no_args_is_help=True, help="People's decisions on the tier of an account.")
override.command("set")(overrides.set_)
override.command("list")(overrides.show)
override.command("clear")(overrides.clear)
app.add_typer(override, name="override")

times = typer.Typer(no_args_is_help=True, help="What the service does when.")
times.command("list")(schedule.show)
times.command("set")(schedule.set_)
times.command("pause")(schedule.pause)
times.command("resume")(schedule.resume)
times.command("remove")(schedule.remove)
times.command("run")(schedule.run)
app.add_typer(times, name="schedule")

key = typer.Typer(no_args_is_help=True, help="Master keys of the stored sign-ins.")
key.command("new")(keys.new)
key.command("rotate")(keys.rotate)
app.add_typer(key, name="keys")

db = typer.Typer(no_args_is_help=True, help="The database.")
db.command("upgrade")(database.upgrade)
db.command("copy")(database.copy)
db.command("purge")(database.purge)
db.command("backup")(database.backup)
app.add_typer(db, name="db")


def main() -> None:
    """Run the command line."""
    collect_seldom()
    give_back_memory()
    app(prog_name="shortlist")


if __name__ == "__main__":
    main()
