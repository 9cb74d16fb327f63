"""Match keys out of websites and addresses."""

import pytest

from core.domains import email_domain, is_free_mail, registrable_domain


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("acme.com", "acme.com"),
        ("  https://www.Acme.CO.UK/shop?x=1#y ", "acme.co.uk"),
        ("ACME.COM.", "acme.com"),
        ("acme.com...", "acme.com"),
        ("//acme.com/x", "acme.com"),
        ("http://acme.com:8080/", "acme.com"),
        ("https://user:pass@acme.com:80/", "acme.com"),
        ("info@acme.com", "acme.com"),
        ("acme.com/people/jo@beta.com", "acme.com"),
        ("a.b.c.acme.com.au", "acme.com.au"),
        ("https://münchen.de", "xn--mnchen-3ya.de"),
        ("https://xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("acme\uff0ecom", "acme.com"),
        ("foo_bar.acme.com", "acme.com"),
        ("acme.example", "acme.example"),
        ("acme.github.io", "acme.github.io"),
        ("shop.acme.myshopify.com", "acme.myshopify.com"),
    ],
)
def test_the_registrable_domain_of_a_website(website: str, domain: str) -> None:
    assert registrable_domain(website) == domain


@pytest.mark.parametrize(
    "website",
    [
        "", " ", "-", "n/a", "localhost", "https://", "http:acme.com", "co.uk", "com", "github.io",
        "1.2.3.4", "http://127.0.0.1:80/", "[::1]", "http://[2001:db8::1]/", "1.2", "x..com", ".com",
        "acme.com, beta.com", "acme.com;beta.de", "acme.com beta.com", "acme.com>", f"{'a' * 64}.com",
    ],
)  # fmt: skip
def test_what_has_no_registrable_domain(website: str) -> None:
    assert registrable_domain(website) is None


@pytest.mark.parametrize(
    "website",
    [
        "https://www.facebook.com/acme", "linkedin.com/company/acme", "sites.google.com/acme", "youtu.be/x",
        "acme.wordpress.com", "acme.hs-sites.com", "acme.onmicrosoft.com", "acme.medium.com", "gmail.com",
        "www.outlook.com",
    ],
)  # fmt: skip
def test_sites_that_companies_share_never_match(website: str) -> None:
    assert registrable_domain(website) is None


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("jo@acme.com", "acme.com"),
        ("Jo@Mail.ACME.com", "acme.com"),
        ("a@b@acme.com", "acme.com"),
        ("jo@gmail.com", None),
        ("jo@googlemail.com", None),
        ("jo@hey.com", None),
        ("jo@[1.2.3.4]", None),
        ("jo@1.2.3.4", None),
        ("acme.com", None),
        ("@acme.com", None),
        ("jo@", None),
        ("Jo <jo@acme.com>", None),
        ("", None),
    ],
)
def test_the_domain_behind_an_address(email: str, domain: str | None) -> None:
    assert email_domain(email) == domain


def test_free_mail_is_known() -> None:
    assert all(map(is_free_mail, ("gmail.com", "yahoo.com", "gmx.de", "qq.com", "hey.com")))
    assert not is_free_mail("acme.com")
