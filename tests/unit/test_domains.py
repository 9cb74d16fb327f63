"""Match keys out of websites and addresses."""

import pytest

from core.domains import DomainRules, domain_label, email_domain, is_free_mail, registrable_domain


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


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("http://https://acme.com", "acme.com"),
        ("mailto:info@acme.com", "acme.com"),
        ("zendesk.com", "zendesk.com"),
        ("www.zendesk.com", "zendesk.com"),
        ("acme.zendesk.com", None),
        ("apple.com", "apple.com"),
        ("https://apps.apple.com/app/acme", None),
        ("user.wixsite.com/acme", None),
        ("https://www.hugedomains.com/domain?d=acme", None),
        ("example.com", None),
        ("joe@mailinator.com", None),
        ("https://straße.de", "xn--strae-oqa.de"),
        ("strasse.de", "strasse.de"),
    ],
)
def test_hosts_of_others_placeholders_and_odd_notations(website: str, domain: str | None) -> None:
    assert registrable_domain(website) == domain


def test_an_admin_adds_aliases_and_shared_domains_and_takes_back_a_guard() -> None:
    rules = DomainRules({"acme.de": "acme.com"}, frozenset({"barn.com"}), frozenset({"google.com"}))
    assert rules.of_website("https://shop.acme.de") == "acme.com"
    assert rules.of_email("jo@acme.de") == "acme.com"
    assert rules.of_website("barn.com/springfield") is None
    assert rules.of_website("www.google.com") == "google.com"
    assert rules.of_website("https://facebook.com/acme") is None


def test_the_label_of_a_domain_reads_as_people_write_it() -> None:
    assert [domain_label(found) for found in ("acme.co.uk", "xn--mnchen-3ya.de", "xn--\u00e4.de")] == [
        "acme",
        "münchen",
        "xn--\u00e4",
    ]
