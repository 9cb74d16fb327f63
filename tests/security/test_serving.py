"""S28, S35, S37, S40, S41: how the service is reached, what it tells, and how it is packed."""

import io
import json
import logging
import re
import shutil
import socket
import ssl
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
import yaml
from cryptography import x509
from flask import Flask, request
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clock import millis, system_clock
from core.config import Config, ServeSettings
from emulators.hubspot.webhooks.signatures import sign_v3
from shortlist.commands.serve import add_operations
from shortlist.edge import RateLimit, harden, trusted_hosts
from shortlist.health import Health, health_blueprint
from shortlist.logs import redacted, start_logging
from shortlist.server import bind, web_app
from shortlist.timer import Timer
from shortlist.wiring import hooks_of, load_config
from store.connections import claim_org, connection_id
from store.database import Database, open_database
from store.inbox import waiting
from store.inbox_writer import InboxWriter
from store.schedules import Schedule, save_schedule
from sync.tasks import TASKS, versioned
from tests.faults.service_stage import staged
from tests.worlds import account, contact, new_database

ROOT = Path(__file__).parents[2]
SECRET = "the-app-secret-of-the-test"
ADDRESS = "jo.doe@acme.com"


# ------------------------------------------------------------ S28: the edge


def edge(settings: ServeSettings, monotonic: Any = time.monotonic) -> Any:
    """A client of an application that tells what it believes of a request."""
    app = Flask("edge", static_folder=None)

    @app.get("/who")
    def who() -> dict[str, Any]:
        return {"address": request.remote_addr, "scheme": request.scheme, "host": request.host}

    harden(app, settings, monotonic)
    return app.test_client()


FORGED = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "abm.example.com"}


def test_s28_it_listens_on_loopback_unless_told_otherwise() -> None:
    assert ServeSettings().host == "127.0.0.1"
    assert ServeSettings().proxy_hops == 0


def test_s28_headers_of_proxies_are_believed_as_far_as_there_are_some() -> None:
    plain = edge(ServeSettings(public_url="https://abm.example.com"))
    found = plain.get("/who", headers=FORGED).json
    assert found == {"address": "127.0.0.1", "scheme": "http", "host": "localhost"}
    behind = edge(ServeSettings(public_url="https://abm.example.com", proxy_hops=1))
    found = behind.get("/who", headers=FORGED).json
    assert found == {"address": "6.6.6.6", "scheme": "https", "host": "abm.example.com"}
    # What a client wrote itself stands before what our own proxy added.
    chain = {**FORGED, "X-Forwarded-For": "1.1.1.1, 7.7.7.7"}
    assert behind.get("/who", headers=chain).json["address"] == "7.7.7.7"


@pytest.mark.parametrize(
    "host", ["evil.example", "abm.example.com.evil.example", "127.0.0.1.evil.example", "a b"]
)
def test_s28_a_request_for_another_host_is_refused(host: str) -> None:
    client = edge(ServeSettings(public_url="https://abm.example.com", trusted_hosts=("abm.internal",)))
    assert client.get("/who", headers={"Host": host}).status_code == 400
    for known in ("abm.example.com", "abm.internal", "127.0.0.1:8080", "localhost"):
        assert client.get("/who", headers={"Host": known}).status_code == 200, known
    # A host that a proxy claims counts no more than any other.
    behind = edge(ServeSettings(public_url="https://abm.example.com", proxy_hops=1))
    assert behind.get("/who", headers={"X-Forwarded-Host": host}).status_code == 400


def test_s28_every_answer_carries_the_headers_that_browsers_obey() -> None:
    client = edge(ServeSettings(public_url="https://abm.example.com"))
    for path in ("/who", "/nothing-here"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in edge(ServeSettings()).get("/who").headers


def test_s28_one_client_may_ask_so_often_and_another_one_is_not_held_back() -> None:
    now = [0.0]
    client = edge(ServeSettings(requests_per_second=5, proxy_hops=1), lambda: now[0])

    def ask(address: str) -> int:
        return int(client.get("/who", headers={"X-Forwarded-For": address}).status_code)

    assert [ask("1.1.1.1") for _ in range(12)].count(429) == 2
    assert ask("2.2.2.2") == 200
    now[0] += 1
    assert [ask("1.1.1.1") for _ in range(6)].count(429) == 1


def test_s28_the_rate_limit_remembers_only_so_many_clients() -> None:
    limit = RateLimit(1.0, lambda: 0.0)
    for number in range(10_050):
        assert limit.allows(str(number))
    assert len(limit._buckets) == 10_000


def test_s28_trusted_hosts_name_the_public_address_without_its_port() -> None:
    assert "abm.example.com" in trusted_hosts(ServeSettings(public_url="https://abm.example.com:8443/path"))


# ------------------------------------------------------------ S28: TLS at a real nginx


@dataclass(frozen=True)
class Proxied:
    """The web part behind nginx: the public address, its certificate, and the inbox's database."""

    url: str
    certificate: str
    database: Database


@pytest.fixture
def proxied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxied]:
    nginx = shutil.which(
        "nginx", path="/usr/sbin:/usr/local/sbin:" + str(Path(shutil.which("python") or "/").parent)
    )
    nginx = nginx or shutil.which("nginx")
    if nginx is None:
        pytest.skip("there is no nginx on this machine")
    monkeypatch.setenv("APP_SECRET", SECRET)
    monkeypatch.setenv("TOKEN", "a token of some length")
    port = free_port()
    config = write_config(tmp_path, f"https://localhost:{port}")
    database = open_database(config.store.url)
    claim_org(database, connection_id(database, "hubspot", "hubspot"), "4711")
    inbox = InboxWriter(database)
    inbox.start()
    app = web_app(database, None, system_clock, hooks_of(config, database, inbox))
    harden(app, config.serve, time.monotonic)
    server = bind(app, 0)
    running = Thread(target=server.run, daemon=True)
    running.start()
    certificate = make_certificate(tmp_path)
    with nginx_before(nginx, tmp_path, port, server.port):
        yield Proxied(f"https://localhost:{port}", certificate, database)
    server.stop()
    running.join(20)
    inbox.stop()
    database.close()


def write_config(folder: Path, public_url: str) -> Config:
    path = folder / "config.toml"
    path.write_text(
        f"""
[store]
url = "sqlite:///{folder}/shortlist.sqlite"
[serve]
public_url = "{public_url}"
proxy_hops = 1
[connections.hubspot]
crm = "hubspot"
token = "env:TOKEN"
client_secret = "env:APP_SECRET"
hints = "webhooks"
""",
        encoding="utf-8",
    )
    return load_config(path)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def make_certificate(folder: Path) -> str:
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run([str(shutil.which("openssl")), *words, *names, *files], check=True, capture_output=True)
    x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
    return str(folder / "cert.pem")


@contextmanager
def nginx_before(nginx: str, folder: Path, port: int, upstream: int) -> Iterator[None]:
    """The configuration that docs/service.md shows, on free ports."""
    text = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    location = text.partition("```nginx\n")[2].partition("```")[0]
    server = (
        location.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
        .replace("abm.example.com", "localhost")
        .replace("/etc/ssl/shortlist.crt", f"{folder}/cert.pem")
        .replace("/etc/ssl/shortlist.key", f"{folder}/key.pem")
        .replace("127.0.0.1:8080", f"127.0.0.1:{upstream}")
    )
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}} "
        f"http {{ access_log off; {temporary} {server} }}",
        encoding="utf-8",
    )
    words = [nginx, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(words)
    try:
        wait_for(port, process)
        yield
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("nginx does not listen")


def test_s28_signatures_hold_behind_a_real_nginx_with_tls(proxied: Proxied) -> None:
    event = {
        "eventId": 1,
        "subscriptionId": 2,
        "portalId": 4711,
        "appId": 3,
        "occurredAt": 1_795_000_000_000,
        "subscriptionType": "company.propertyChange",
        "attemptNumber": 0,
        "objectId": 77,
        "propertyName": "name",
        "propertyValue": "Ä & Söhne",
        "changeSource": "CRM_UI",
    }
    body = json.dumps([event]).encode()

    def post(path: str, signed: str, sent: bytes = body, forged: dict[str, str] | None = None) -> int:
        stamp = str(millis(system_clock()))
        signature = sign_v3(SECRET, "POST", signed, body, stamp)
        known = {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}
        answer = requests.post(
            proxied.url + path,
            sent,
            headers={**known, **(forged or {})},
            verify=proxied.certificate,
            timeout=30,
        )
        return answer.status_code

    path = "/hooks/hubspot/hubspot"
    assert post(path, proxied.url + path) == 200
    assert [found for found, _ in waiting(proxied.database).values()] == [1]
    # The signature is over our own public address: what the request says of its host or scheme changes nothing.
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-For": "6.6.6.6"}
    assert post(path, proxied.url + path, forged=forged) == 200
    assert post(path, "https://evil.example" + path) == 401
    assert post(path, proxied.url.replace("https", "http") + path) == 401
    assert post(path, proxied.url + path, body.replace(b"77", b"78")) == 401
    # Only what the CRMs and the senders of signals need is reachable from outside.
    for inner in ("/metrics", "/readyz"):
        answer = requests.get(proxied.url + inner, verify=proxied.certificate, timeout=30)
        assert answer.status_code == 404


def test_s28_nginx_speaks_no_old_tls(proxied: Proxied) -> None:
    context = ssl.create_default_context(cafile=proxied.certificate)
    port = int(proxied.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        assert wrapped.version() in ("TLSv1.2", "TLSv1.3")


# ------------------------------------------------------------ S35 and S04: logs


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    start_logging(stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


NASTY = f"one\r\ntwo\x1b[31mred\x1b[0m\x1b]0;title\x07\x00{ADDRESS} Bearer abc.def-123"


def test_s35_a_log_is_one_json_object_a_line_whatever_it_is_given(log: io.StringIO) -> None:
    logger = logging.getLogger("shortlist.test")
    logger.info("said: %s", NASTY, extra={"more": NASTY, "deep": {"a": [NASTY]}, NASTY: 1})
    try:
        raise ValueError(NASTY)
    except ValueError:
        logger.exception("broke")
    logging.getLogger("some.package").warning(NASTY)
    lines = log.getvalue().splitlines()
    assert len(lines) == 3
    for line in lines:
        found = json.loads(line)
        assert {"event", "level", "at", "logger"} <= set(found)
        for hidden in (ADDRESS, "abc.def", "\x1b", "\x00", "\\u001b", "[31m"):
            assert hidden not in line
    assert "ValueError: one | ***@*** Bearer ***" in json.loads(lines[1])["exception"]


def test_s35_a_job_is_told_with_its_connection_and_its_run_and_nobodys_name(
    log: io.StringIO, tmp_path: Path
) -> None:
    with staged(f"sqlite:///{tmp_path}/shortlist.sqlite", TASKS) as stage:
        stage.world.install()
        for crm in stage.world.crms:
            crm.put(account("a1", "acme.com", name="Acme Secretive"), contact("c1", ADDRESS, account_id="a1"))
        crm.refused["a1"] = f"Jo Secretive ({ADDRESS}) may not"
        stage.service.runner.run(stage.ask("sync"))
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert any(
        line["event"] == "sync begins" and line["run"] == 1 and line["job"] == "sync" for line in lines
    )
    assert any(line["event"] == "job done" for line in lines)
    assert "Secretive" not in log.getvalue()
    assert ADDRESS not in log.getvalue()


@settings(max_examples=60)
@given(
    st.text(max_size=60),
    st.sampled_from(["Bearer {}", "refresh_token={}&a=b", '"access_token": "{}"', "https://u:{}@host/"]),
)
def test_s35_redaction_holds_in_any_surroundings(around: str, template: str) -> None:
    secret = "s3cr3t-" + "x" * 20
    text = redacted(f"{around} {template.format(secret)} {around}")
    assert secret not in text
    assert not any(ord(mark) < 32 or 127 <= ord(mark) < 160 for mark in text)


@pytest.mark.parametrize(
    "secret",
    [
        "pat-na1-12345678-aaaa-bbbb-cccc-123456789012",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl",
        "00Dxx0000001gPL!AR8AQAxx.yyZZ",
        "client_secret=hush-hush",
        "password: hunter2",
        "Authorization: Basic dXNlcjpwYXNz",
        "postgresql://shortlist:hush@db/shortlist",
    ],
)
def test_s35_secrets_of_the_crms_and_of_databases_are_taken_out(secret: str) -> None:
    kept = redacted(f"failed with {secret} at the end")
    assert "***" in kept
    assert kept.endswith("at the end")
    assert secret not in kept


def test_s35_words_that_are_no_secret_stay() -> None:
    for words in (
        "3 tokens were renewed",
        "the key of the schedule sync",
        "crm1: accounts",
        "no secret here",
    ):
        assert redacted(words) == words


# ------------------------------------------------------------ S37: health and metrics


def test_s37_metrics_show_numbers_and_no_names(tmp_path: Path) -> None:
    with staged(f"sqlite:///{tmp_path}/shortlist.sqlite", TASKS) as stage:
        stage.world.install()
        for crm in stage.world.crms:
            crm.left = 4_321
            crm.put(account("a1", "acme.com", name="Acme Secretive"), contact("c1", ADDRESS, account_id="a1"))
        crm.refused["a1"] = f"Jo Secretive ({ADDRESS}) may not"
        row = Schedule("hourly", "sync", versioned({}), "0 * * * *", "UTC", is_paused=False, since=0)
        save_schedule(stage.service.database, row)
        stage.service.runner.run(stage.ask("sync"))
        app = web_app(stage.service.database, None, system_clock)
        add_operations(app, stage.service.database, stage.service)
        text = app.test_client().get("/metrics").text
    for line in (
        "shortlist_jobs_waiting 0.0",
        "shortlist_jobs_given_up 0.0",
        'shortlist_api_calls_left{connection="crm1"} 4321.0',
        'shortlist_cursor_lag_seconds{connection="crm1",object="accounts"}',
        'shortlist_schedule_last_success_timestamp_seconds{schedule="hourly"}',
        'shortlist_quarantine_size{connection="crm2"}',
    ):
        assert line in text, text
    for hidden in ("Secretive", ADDRESS, "acme"):
        assert hidden not in text


def test_s37_readiness_is_told_in_plain_words_without_traces(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    client = ready(database)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "troubles": []})
    with database.write() as writer:
        writer.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "its schema is at revision 0001" in answer.json["troubles"][0]
    with database.write() as writer:
        writer.exec_driver_sql("DROP TABLE alembic_version")
    assert client.get("/readyz").status_code == 503
    database.close()
    for hidden in ("Traceback", "sqlalchemy", str(tmp_path)):
        assert hidden not in answer.text


def test_s37_a_fault_of_ours_shows_nothing_of_itself_and_debugging_is_off(tmp_path: Path) -> None:
    database = new_database(tmp_path)
    app = web_app(database, None, system_clock)
    harden(app, ServeSettings(), time.monotonic)

    @app.get("/breaks")
    def breaks() -> str:
        raise ZeroDivisionError(ADDRESS)

    logging.getLogger("shortlist").addHandler(logging.NullHandler())
    answer = app.test_client().get("/breaks")
    assert answer.status_code == 500
    assert ADDRESS not in answer.text
    assert "Traceback" not in answer.text
    assert not app.debug
    assert not app.testing
    database.close()


def ready(database: Database) -> Any:
    app = web_app(database, None, system_clock)
    app.register_blueprint(health_blueprint(Health(database)))
    return app.test_client()


# ------------------------------------------------------------ S40: no pickles


def test_s40_the_clock_keeps_its_jobs_in_memory(tmp_path: Path) -> None:
    with staged(f"sqlite:///{tmp_path}/shortlist.sqlite", TASKS) as stage:
        timer = Timer(stage.service.runner, stage.service.courier, takes_slots=True)
        stores = timer._scheduler._pending_jobs, timer._scheduler._jobstores
        timer.start()
        timer.stop()
        names = {type(store).__name__ for store in timer._scheduler._jobstores.values()}
        assert names <= {"MemoryJobStore"}, stores


def test_s40_nothing_of_ours_reads_or_writes_pickles() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "root_packages"
    ]
    banned = re.compile(
        r"^\s*(?:import|from)\s+(?:pickle|cPickle|dill|cloudpickle|shelve|marshal)\b|jobstores\.(?!memory\b)|SQLAlchemyJobStore",
        re.MULTILINE,
    )
    files = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    assert len(files) > 300
    assert [path for path in files if banned.search(path.read_text(encoding="utf-8"))] == []
    assert banned.search("from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore")
    assert banned.search("    import pickle")


# ------------------------------------------------------------ S41: how it is packed


def test_s41_the_image_runs_as_nobody_in_particular_and_installs_what_the_lock_pins() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line.startswith("USER ")][-1] not in ("USER root", "USER 0")
    assert any("--require-hashes" in line and "requirements.lock" in line for line in lines)
    assert "--only-binary :all:" in text
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    assert any(line.startswith('ENTRYPOINT ["') for line in lines), (
        "no shell between the signal and the process"
    )
    assert "ADD http" not in text
    assert "curl" not in text
    for line in lines:
        if line.startswith("FROM"):
            assert ":latest" not in line
            assert ":" in line


def test_s41_every_service_of_compose_is_read_only_and_may_do_little() -> None:
    parsed = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    services = parsed["services"]
    assert {"postgres", "web", "clock", "worker"} <= set(services)
    for name in ("web", "clock", "worker"):
        service = services[name]
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service.get("user", "") not in ("root", "0"), name
        assert "privileged" not in service
        assert service["restart"] == "unless-stopped"
        assert service["stop_grace_period"] == "30s"
        assert not any("docker.sock" in str(volume) for volume in service.get("volumes", ()))
    assert services["clock"]["deploy"]["replicas"] == 1
    assert services["worker"]["deploy"]["replicas"] >= 2
    # Reached from this machine alone; a proxy with TLS stands before it.
    assert services["web"]["ports"] == ["127.0.0.1:8080:8080"]
    assert "ports" not in services["postgres"]
    assert services["postgres"]["healthcheck"]
    assert (
        "environment" not in services["postgres"]
        or "POSTGRES_PASSWORD" not in services["postgres"]["environment"]
    )


def test_s41_the_unit_of_systemd_may_do_little() -> None:
    text = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    unit = text.partition("```ini\n")[2].partition("```")[0]
    for line in (
        "User=shortlist",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
        "TimeoutStopSec=30",
        "Restart=on-failure",
    ):
        assert line in unit, line
