"""The house rules hold, and each notices a planted violation."""

from pathlib import Path

import pytest

from shortlist.cli import app
from tests.house_rules import ROOT, findings


def test_the_house_rules_hold() -> None:
    assert list(findings(ROOT)) == []


@pytest.mark.parametrize(
    ("module", "text", "words"),
    [
        ("sync/late.py", "from datetime import datetime\nnow = datetime.now()\n", "reads the clock"),
        ("sync/late.py", "import time\nnow = time.time()\n", "reads the clock"),
        ("store/late.py", "from core.clock import system_clock\n", "system's clock"),
        ("sync/late.py", "import time\ntime.sleep(1)\n", "sleeps"),
        ("sync/late.py", "import time\npause = time.sleep\n", "sleeps"),
        ("connectors/salesforce/s20.py", 'q = f"SELECT Id FROM {table}"\n', "SOQL"),
        ("sync/s40.py", "from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore\n", "unpickled"),
        ("connectors/hubspot/s18.py", "session.verify = False\n", "verified"),
        ("connectors/hubspot/s18.py", "session.get(url, verify=False)\n", "verified"),
        ("connectors/hubspot/s18.py", "made = Configuration(verify_ssl=0)\n", "verified"),
        ("connectors/hubspot/s18.py", "context.check_hostname = False\n", "verified"),
        ("connectors/hubspot/s18.py", "context.verify_mode = ssl.CERT_NONE\n", "verified"),
        ("connectors/hubspot/s18.py", "from ssl import CERT_NONE\nmode = CERT_NONE\n", "verified"),
        ("connectors/hubspot/s18.py", "pool = PoolManager(cert_reqs='CERT_NONE')\n", "verified"),
        ("connectors/hubspot/s18.py", "urllib3.disable_warnings()\n", "verified"),
        ("shortlist/s34.py", "import csv\ncsv.writer(file).writerow(row)\n", "formula"),
        ("shortlist/s34.py", "import csv\nrows = csv.DictWriter(file, names)\n", "formula"),
        ("scoring/s21.py", "worth = eval(rule)\n", "as a program"),
        ("scoring/s21.py", "exec(compile(rule, 'rule', 'exec'))\n", "as a program"),
        ("sync/s40.py", "import pickle\n", "unpickled"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, module: str, text: str, words: str) -> None:
    planted = tmp_path / module
    planted.parent.mkdir(parents=True)
    planted.write_text(text, encoding="utf-8")
    (found,) = {one.words for one in findings(tmp_path)}
    assert words in found


def test_what_a_rule_allows_is_not_found(tmp_path: Path) -> None:
    allowed = tmp_path / "core" / "clock.py"
    allowed.parent.mkdir()
    allowed.write_text("from datetime import datetime\nnow = datetime.now()\n", encoding="utf-8")
    assert list(findings(tmp_path)) == []


def test_s34_nothing_writes_a_sheet_whose_cells_a_crm_could_make_formulas() -> None:
    """There is no export for a spreadsheet; whoever adds one has to write cells that no program runs."""
    assert [one for one in findings(ROOT) if "formula" in one.words] == []
    commands = [command.name or "" for command in app.registered_commands]
    assert not [name for name in commands if "export" in name]
