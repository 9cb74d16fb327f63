"""The sf command line, unchanged, against the emulator: Salesforce's own client judges what the emulator answers.

SHORTLIST_SF is the command that starts it, for example `sf` or `/path/to/node /path/to/cli/bin/run.js`. It gets
a home folder of its own.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.integration.test_salesforce_emulator import Api, running

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = shlex.split(os.environ.get("SHORTLIST_SF", ""))

pytestmark = pytest.mark.skipif(not COMMAND, reason="SHORTLIST_SF does not name the sf command line")

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FIELD = "<fullName>Note__c</fullName><label>Note</label><type>Text</type><length>20</length>"
GRANT = (
    "<fieldPermissions><editable>true</editable><field>Account.Note__c</field><readable>true</readable>"
    "</fieldPermissions><label>ABM</label>"
)
SOURCES = {
    "objects/Account/fields/Note__c.field-meta.xml": f"{HEAD}<CustomField {XMLNS}>{FIELD}</CustomField>",
    "permissionsets/ABM.permissionset-meta.xml": f"{HEAD}<PermissionSet {XMLNS}>{GRANT}</PermissionSet>",
}


class Cli:
    """The command line in a project folder, logged in to an emulator."""

    def __init__(self, api: Api, folder: Path) -> None:
        self.api = api
        self.folder = folder
        sources = folder / "force-app" / "main" / "default"
        for name, text in SOURCES.items():
            (sources / name).parent.mkdir(parents=True, exist_ok=True)
            (sources / name).write_text(text)
        project = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": "62.0"}
        (folder / "sfdx-project.json").write_text(json.dumps(project))
        login = (
            "org",
            "login",
            "access-token",
            "--instance-url",
            api.url,
            "--no-prompt",
            "--alias",
            "emulated",
        )
        self.run(*login)

    def run(self, *arguments: str, **environment: str) -> Any:
        """The result of a command, as JSON."""
        return json.loads(self.text(*arguments, "--json", **environment))["result"]

    def text(self, *arguments: str, **environment: str) -> str:
        """What a command prints."""
        settings = {
            "HOME": str(self.folder),
            "SF_ACCESS_TOKEN": self.api.token,
            "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
            "SF_DISABLE_TELEMETRY": "true",
            "SF_AUTOUPDATE_DISABLE": "true",
        }
        done = subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            cwd=self.folder,
            env={**os.environ, **settings, **environment},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    with running() as api:
        yield Cli(api, tmp_path_factory.mktemp("sf"))


@pytest.mark.parametrize("over_rest", ["false", "true"])
def test_a_project_is_deployed_over_both_apis(cli: Cli, over_rest: str) -> None:
    deploy = ("project", "deploy", "start", "--target-org", "emulated", "--source-dir", "force-app")
    result = cli.run(*deploy, SF_ORG_METADATA_REST_DEPLOY=over_rest)
    assert (result["status"], result["numberComponentsDeployed"]) == ("Succeeded", 2)
    paths = [entry["path"] for entry in cli.api.control("requests")["requests"]]
    used = "/metadata/deployRequest" if over_rest == "true" else "/services/Soap/m/"
    assert any(used in path for path in paths)
    listed = cli.run("org", "list", "metadata", "-m", "CustomField", "--target-org", "emulated")
    assert [item["fullName"] for item in listed] == ["Account.Note__c"]


def test_a_tree_is_imported(cli: Cli) -> None:
    person = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "Leaf"}
    root = {"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Tree"}
    tree = {"records": [{**root, "Contacts": {"records": [person]}}]}
    (cli.folder / "tree.json").write_text(json.dumps(tree))
    made = cli.run("data", "import", "tree", "--files", "tree.json", "--target-org", "emulated")
    assert [row["refId"] for row in made] == ["a", "c"]


def test_records_and_limits(cli: Cli) -> None:
    on = ("--target-org", "emulated")
    made = cli.run("data", "create", "record", "--sobject", "Account", "--values", "Name=Acme", *on)
    read = cli.run("data", "get", "record", "--sobject", "Account", "--record-id", made["id"], *on)
    assert read["Name"] == "Acme"
    limits = {row["name"]: row["max"] for row in cli.run("org", "list", "limits", *on)}
    assert limits["DailyApiRequests"] == 100_000


def test_queries_are_shown_as_tables(cli: Cli) -> None:
    account = cli.api.create("Account", Name="Tabled")
    cli.api.create("Contact", LastName="Leaf", AccountId=account)
    query = ("data", "query", "--target-org", "emulated", "--result-format", "csv", "--query")
    rows = cli.text(*query, "SELECT LastName, Account.Name FROM Contact WHERE Account.Name = 'Tabled'")
    assert rows.splitlines() == ["LastName,Account.Name", "Leaf,Tabled"]
    counted = cli.text(*query, "SELECT Name, COUNT(Id) FROM Account WHERE Name = 'Tabled' GROUP BY Name")
    assert counted.splitlines() == ["Name,COUNT(Id)", "Tabled,1"]


def test_files_are_imported_and_exported_in_bulk(cli: Cli) -> None:
    (cli.folder / "in.csv").write_text(
        'Name,Website\n"two ""words"", and\na line",a.example\nPlain,b.example\n'
    )
    on = ("--target-org", "emulated", "--wait", "3")
    loaded = cli.run("data", "import", "bulk", "--sobject", "Account", "--file", "in.csv", *on)
    assert (loaded["processedRecords"], loaded["failedRecords"]) == (2, 0)
    soql = "SELECT Name, Website FROM Account WHERE Website LIKE '%.example' ORDER BY Website"
    wanted = ("--query", soql, "--output-file", "out.csv", "--result-format", "csv")
    cli.run("data", "export", "bulk", *wanted, *on)
    with (cli.folder / "out.csv").open(encoding="utf-8", newline="") as lines:
        assert list(csv.reader(lines))[1:] == [
            ['two "words", and\na line', "a.example"],
            ["Plain", "b.example"],
        ]


def test_the_client_names_itself_in_the_journal(cli: Cli) -> None:
    cli.run("org", "list", "limits", "--target-org", "emulated")
    noted = [entry["headers"] for entry in cli.api.control("requests")["requests"]]
    assert {"Sforce-Call-Options": "client=sfdx toolbelt:"} in noted


def test_login_with_a_signed_assertion(cli: Cli) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    cli.api.control("settings", {"certificate": public.decode()})
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (cli.folder / "key.pem").write_bytes(private)
    result = cli.run(
        *("org", "login", "jwt", "--client-id", "demo-client", "--jwt-key-file", "key.pem"),
        *("--username", "ada.rep@emulated.example", "--instance-url", cli.api.url),
        SF_AUDIENCE_URL="https://test.salesforce.com",
    )
    assert result["username"] == "ada.rep@emulated.example"
    assert result["orgId"] == "00DEm0000000001MAA"
