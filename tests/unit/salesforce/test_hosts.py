"""Which addresses may see a token."""

import pytest

from connectors.salesforce.hosts import host_allowed, is_test_org, login_url, path_below
from connectors.sign_in import challenge_of, local_port, usable_redirect
from core.errors import ContractError

BASE = "https://acme.my.salesforce.com"
QUERY = "/services/data/v66.0/query"


@pytest.mark.parametrize(
    "url",
    [
        BASE,
        f"{BASE}/",
        f"{BASE}:443",
        "https://ACME.my.salesforce.com",
        "https://acme--uat.sandbox.my.salesforce.com",
        "https://login.salesforce.com",
        "https://acme.my.salesforce.mil",
        "https://acme.lightning.force.com",
    ],
)
def test_salesforce_s_own_hosts_are_allowed(url: str) -> None:
    assert host_allowed(url, emulator=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com",
        f"{BASE}:8443",
        f"{BASE}:x",
        f"{BASE}/path",
        f"{BASE}?a=b",
        f"{BASE}#a",
        "https://user@acme.my.salesforce.com",
        "https://@acme.my.salesforce.com",
        "https://acme.my.salesforce.com@evil.example",
        "https://evil.example\\@acme.my.salesforce.com",
        "https://evil.example\\.my.salesforce.com",
        "https://acme.my.salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "https://salesforce.com.",
        "https://\u0430cme.my.salesforce.com",
        "https://acme.my.salesforce.com\n.evil.example",
        "https://127.0.0.1",
        "http://127.0.0.1:8801",
        "https://",
        "",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
def test_every_other_address_is_refused(url: str) -> None:
    assert not host_allowed(url, emulator=False)


def test_this_machine_is_allowed_to_an_emulator_only() -> None:
    assert host_allowed("http://127.0.0.1:8801", emulator=True)
    assert not host_allowed("http://10.0.0.1:8801", emulator=True)


@pytest.mark.parametrize("url", [f"{QUERY}/01g-2000", f"{BASE}{QUERY}/01g-2000"])
def test_a_next_page_on_the_same_host_is_its_path(url: str) -> None:
    assert path_below(BASE, url, QUERY) == f"{QUERY}/01g-2000"


@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.example{QUERY}/01g-2000",
        f"//evil.example{QUERY}/01g",
        f"http://acme.my.salesforce.com{QUERY}/01g",
        f"https://other.my.salesforce.com{QUERY}/01g",
        f"{BASE}:8443{QUERY}/01g",
        f"{QUERY}/../../../x",
        f"{QUERY}/%2e%2e/x",
        "/services/oauth2/revoke",
        f"javascript:{QUERY}",
        "",
    ],
)
def test_a_next_page_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ContractError):
        path_below(BASE, url, QUERY)


@pytest.mark.parametrize(
    ("host", "is_test"),
    [
        ("acme.my.salesforce.com", False),
        ("acme.develop.my.salesforce.com", False),
        ("acme--uat.sandbox.my.salesforce.com", True),
        ("acme--uat.my.salesforce.com", True),
        ("acme.scratch.my.salesforce.com", True),
        ("login.salesforce.com", False),
        ("test.salesforce.com", True),
    ],
)
def test_the_kind_of_an_org_is_read_off_its_host(host: str, is_test: bool) -> None:  # noqa: FBT001 a column
    assert is_test_org(f"https://{host}") is is_test
    assert login_url(f"https://{host}") == f"https://{'test' if is_test else 'login'}.salesforce.com"


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://localhost:8710/callback", 8710), ("https://abm.example.com/callback", None)],
)
def test_a_listener_stands_only_where_the_answer_comes_to_this_machine(url: str, port: int | None) -> None:
    assert usable_redirect(url) == url
    assert local_port(url) == port


@pytest.mark.parametrize("url", ["http://abm.example.com/callback", "callback", "ftp://localhost/x"])
def test_a_redirect_that_would_show_the_code_to_others_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="redirect_url"):
        usable_redirect(url)


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
