"""S17 to S19: where calls to the CRMs go, whose certificates they trust, and what they take from the surroundings."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from pydantic import ValidationError

from connectors import registry
from connectors.contract import Connector
from connectors.hubspot.files import Files
from connectors.salesforce.hosts import host_allowed, path_below
from core.changes import Stream
from core.cursors import Cursor
from core.errors import ConfigError, ContractError, ShortlistError, TransientError
from core.records import Kind
from core.secrets import SecretText
from emulators import hubspot, salesforce
from emulators.common.server import start
from tests.contract.harness import PatientTiming
from tests.faults.signing import use
from tests.tls import self_signed, serving_tls

BOTH = ("salesforce", "hubspot")
OWN = {"salesforce": "acme.my.salesforce.com", "hubspot": "api.hubapi.com"}
ADDRESS = {"salesforce": "instance_url", "hubspot": "base_url"}
CREDENTIALS: dict[str, dict[str, object]] = {
    "salesforce": {"client_id": "env:ID", "client_secret": "env:SECRET"},
    "hubspot": {"token": "env:TOKEN"},
}
SECRETS = {"ID": "demo-client", "SECRET": "demo-secret", "TOKEN": "demo-token"}

STRANGERS = (
    "http://{own}",
    "https://{own}:8443",
    "https://{own}:80",
    "https://{own}:x",
    "https://{own}:",
    "https://{own}/path",
    "https://{own}?q",
    "https://{own}#fragment",
    "https://user@{own}",
    "https://user:word@{own}",
    "https://@{own}",
    "https://{own}@evil.example",
    "https://{own}.evil.example",
    "https://{own}.",
    "https://evil-{own}.example",
    "https://evil.example/{own}",
    "https://evil.example#.{own}",
    "https://evil.example?.{own}",
    "https://evil.example\\.{own}",
    "https://evil.example\\@{own}",
    "https://evil.example%2f.{own}",
    "https://evil.example\uff0f.{own}",
    "https://evil.example\u3002{own}",
    "https://evil\uff0eexample\uff61{own}",
    "https://\u0430{own}",
    "https://{own}\n.evil.example",
    "https://{own}\x00.evil.example",
    " https://{own}",
    "//{own}",
    "{own}",
    "ftp://{own}",
    "file://{own}/etc/passwd",
    "gopher://{own}",
    "https://127.0.0.1",
    "http://127.0.0.1:8801",
    "http://localhost",
    "https://169.254.169.254",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://2130706433",
    "https://0",
    "https://",
    "",
)
"""None of them is refused for its length alone; each is a known way around a check of hosts."""


def settings(crm: str, address: str, **more: object) -> Any:
    given = {"crm": crm, ADDRESS[crm]: address, **CREDENTIALS[crm], **more}
    return registry.crm(crm).settings.model_validate(given)


def connector(crm: str, address: str, **more: object) -> Connector:
    section = settings(crm, address, emulator=True, **more)
    return registry.crm(crm).build(
        section, lambda ref: SecretText(SECRETS[ref.name]), PatientTiming().timing()
    )


@pytest.mark.parametrize("crm", BOTH)
@pytest.mark.parametrize("form", STRANGERS)
def test_s17_no_other_address_can_be_configured(crm: str, form: str) -> None:
    if form == "https://{own}:":  # an empty port is the usual one
        assert settings(crm, form.format(own=OWN[crm]))
        return
    with pytest.raises(ValidationError, match=ADDRESS[crm]):
        settings(crm, form.format(own=OWN[crm]))


@pytest.mark.parametrize("crm", BOTH)
def test_s17_the_crm_s_own_address_can(crm: str) -> None:
    for address in (f"https://{OWN[crm]}", f"https://{OWN[crm]}:443/", f"https://{OWN[crm].upper()}"):
        assert settings(crm, address)


@pytest.mark.parametrize("suffix", ["salesforce.com.evil.example", "evilsalesforce.com", "my-salesforce.com"])
def test_s17_a_name_that_looks_like_the_crm_s_is_none(suffix: str) -> None:
    assert not host_allowed(f"https://acme.{suffix}", emulator=False)
    assert not host_allowed(f"https://{suffix}", emulator=False)


@pytest.mark.parametrize(
    "form", [form for form in STRANGERS if form.startswith("http") and form[-6:] != "{own}:"]
)
def test_s17_no_page_or_job_is_read_from_another_address(form: str) -> None:
    base, path = f"https://{OWN['salesforce']}", "/services/data/v66.0/jobs/"
    stranger = form.format(own="other.my.salesforce.com").rstrip("/")
    with pytest.raises(ContractError):
        path_below(base, f"{stranger}{path}ingest/750", path)


@pytest.mark.parametrize(
    "url",
    [
        "http://bucket.s3.amazonaws.com/x",
        "https://bucket.s3.amazonaws.com:8443/x",
        "https://user@bucket.s3.amazonaws.com/x",
        "https://amazonaws.com.evil.example/x",
        "https://evilamazonaws.com/x",
        "https://evil.example\\.amazonaws.com/x",
        "https://evil.example\u3002amazonaws.com/x",
        "http://127.0.0.1:1/x",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
    ],
)
def test_s17_no_file_is_fetched_from_another_address(url: str) -> None:
    with pytest.raises(ContractError, match="not fetched"):
        Files("api.hubapi.com", emulator=False).fetch(url, "export")


def test_s17_a_session_that_leads_to_another_host_is_not_used() -> None:
    app: Any = salesforce.create_app()
    app.backend.change_settings({"instance_url": "https://salesforce.com.evil.example"})
    running = start(app)
    try:
        with pytest.raises(ContractError, match="not Salesforce's"):
            use(connector("salesforce", running.url))
    finally:
        running.stop()


class Listener:
    """A socket that says whether anybody came; whoever comes is hung up on."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.came = 0
        self._thread = Thread(target=self._take, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def _take(self) -> None:
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            peer.close()

    def stop(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.stop()


@contextmanager
def emulated(crm: str) -> Iterator[str]:
    app: Any = salesforce.create_app() if crm == "salesforce" else hubspot.create_app()
    running = start(app)
    try:
        yield running.url
    finally:
        running.stop()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("crm", BOTH)
def test_s17_a_redirect_is_not_followed(crm: str, status: int, listener: Listener) -> None:
    with emulated(crm) as url:
        rule = {
            "path": "^/(services/data|crm)",
            "status": status,
            "headers": {"Location": f"{listener.url}/services/data"},
            "body": "",
        }
        assert requests.post(f"{url}/_emulator/faults", json=rule, timeout=30).ok
        with pytest.raises(ShortlistError, match="redirect"):
            use(connector(crm, url))
    assert listener.came == 0


def test_s17_a_next_page_elsewhere_is_not_asked_for(listener: Listener) -> None:
    with emulated("salesforce") as url:
        page = {
            "totalSize": 2,
            "done": False,
            "records": [],
            "nextRecordsUrl": f"{listener.url}/services/data/v66.0/query/01g-2000",
        }
        rule = {"path": "^/services/data/v66.0/query", "status": 200, "body": page}
        assert requests.post(f"{url}/_emulator/faults", json=rule, timeout=30).ok
        with pytest.raises(ContractError, match="elsewhere"):
            list(connector("salesforce", url).pull(Stream("Account", Kind.ACCOUNT), Cursor()))
    assert listener.came == 0


# S18: whose certificates are trusted.


@contextmanager
def over_tls(crm: str, certificate: Path) -> Iterator[str]:
    app: Any = salesforce.create_app() if crm == "salesforce" else hubspot.create_app()
    with serving_tls(app, certificate) as url:
        yield url


@pytest.mark.parametrize("crm", BOTH)
def test_s18_a_certificate_that_nobody_vouches_for_is_refused_whatever_the_surroundings_say(
    crm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificate))
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    with over_tls(crm, certificate) as url, pytest.raises(TransientError, match="SSL"):
        use(connector(crm, url))


@pytest.mark.parametrize("crm", BOTH)
def test_s18_the_same_server_is_accepted_where_its_authority_is_named(crm: str, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    with over_tls(crm, certificate) as url:
        use(connector(crm, url, ca_file=str(certificate)))


@pytest.mark.parametrize("crm", BOTH)
def test_s18_a_certificate_of_another_host_is_refused_although_its_authority_is_named(
    crm: str, tmp_path: Path
) -> None:
    certificate = self_signed(tmp_path, "127.0.0.2")
    with over_tls(crm, certificate) as url, pytest.raises(TransientError, match="SSL"):
        use(connector(crm, url, ca_file=str(certificate)))


@pytest.mark.parametrize("crm", BOTH)
@pytest.mark.parametrize("text", [None, "", "no certificate"])
def test_s18_a_file_without_authorities_is_an_error_and_not_no_check(
    crm: str, text: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "authorities.pem"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"ca_file .*authorities\.pem"):
        connector(crm, f"https://{OWN[crm]}", ca_file=str(path))


@pytest.mark.parametrize("crm", BOTH)
@pytest.mark.parametrize(
    "key", ["verify", "verify_ssl", "verify_tls", "ssl_verify", "tls", "ssl", "insecure", "skip_verify"]
)
def test_s18_no_setting_turns_it_off(crm: str, key: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        settings(crm, f"https://{OWN[crm]}", **{key: False})


# S19: what is taken from the surroundings.


@pytest.mark.parametrize("crm", BOTH)
def test_s19_proxies_and_credentials_of_the_surroundings_are_not_used(
    crm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, listener.url)
        monkeypatch.setenv(name.upper(), listener.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with emulated(crm) as url:
        use(connector(crm, url))
    certificate = self_signed(tmp_path)
    with over_tls(crm, certificate) as url:
        use(connector(crm, url, ca_file=str(certificate)))
    assert listener.came == 0
