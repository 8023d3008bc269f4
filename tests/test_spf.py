"""SPF by the examples of RFC 7208 (appendix A and section 7.4), and its limits."""

import pytest

from channels.senders.spf import check

ZONE = {
    ("example.com", "A"): ["192.0.2.10", "192.0.2.11"],
    ("example.com", "MX"): ["mail-a.example.com", "mail-b.example.com"],
    ("mail-a.example.com", "A"): ["192.0.2.129"],
    ("mail-b.example.com", "A"): ["192.0.2.130"],
    ("mail-b.example.com", "AAAA"): ["2001:db8::130"],
    ("example.org", "MX"): ["mail-c.example.org"],
    ("mail-c.example.org", "A"): ["192.0.2.140"],
}


def verdict(records: dict[str, str | list[str]], client: str, sender: str = "amy@example.com") -> str:
    def resolve(name: str, kind: str) -> list[str]:
        if kind == "TXT":
            found = records.get(name, [])
            return [found] if isinstance(found, str) else found
        if name == "late.example.com":
            raise OSError("timeout")
        return ZONE.get((name, kind), []) if name != "anything.example.com" else ["127.0.0.2"]

    return check(client, sender, "helo.example.com", resolve)[0]


@pytest.mark.parametrize(
    ("record", "passing", "failing"),
    [
        ("v=spf1 +all", ["198.51.100.1", "2001:db8::1"], []),
        ("v=spf1 a -all", ["192.0.2.10", "192.0.2.11"], ["192.0.2.12", "2001:db8::10"]),
        ("v=spf1 a:example.org -all", [], ["192.0.2.10", "192.0.2.140"]),
        ("v=spf1 mx -all", ["192.0.2.129", "192.0.2.130"], ["192.0.2.140"]),
        ("v=spf1 mx:example.org -all", ["192.0.2.140"], ["192.0.2.129"]),
        ("v=spf1 mx mx:example.org -all", ["192.0.2.129", "192.0.2.130", "192.0.2.140"], ["192.0.2.10"]),
        ("v=spf1 mx/30 mx:example.org/30 -all", ["192.0.2.131", "192.0.2.143"], ["192.0.2.132"]),
        ("v=spf1 ip4:192.0.2.128/28 -all", ["192.0.2.129", "::ffff:192.0.2.129"], ["192.0.2.65"]),
        ("v=spf1 ip6:2001:db8::/32 -all", ["2001:db8::1"], ["2001:db9::1", "192.0.2.1"]),
        ("v=spf1 MX//64 -ALL", ["2001:db8::1"], ["2001:db8:0:1::1"]),
        ("v=spf1 exists:anything.example.com -all", ["198.51.100.1"], []),
        ("v=spf1 exists:nothing.example.com -all", [], ["198.51.100.1"]),
    ],
)
def test_appendix_a_passes_whom_it_names(record: str, passing: list[str], failing: list[str]) -> None:
    assert [verdict({"example.com": record}, client) for client in passing] == ["pass"] * len(passing)
    assert [verdict({"example.com": record}, client) for client in failing] == ["fail"] * len(failing)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1", "neutral"),
        ("v=spf10 -all", "none"),
        ("hello", "none"),
        (["v=spf1 -all", "v=spf1 +all"], "permerror"),
        ("v=spf1 nonsense -all", "permerror"),
        ("v=spf1 ip4:999.0.0.1 -all", "permerror"),
        ("v=spf1 include:missing.example.com -all", "permerror"),
        ("v=spf1 redirect=missing.example.com", "permerror"),
        ("v=spf1 a:late.example.com -all", "temperror"),
        ("v=spf1 ptr -all", "temperror"),
        ("v=spf1 unknown=thing +all", "pass"),
    ],
)
def test_a_record_without_a_match_says_what_it_says(record: str | list[str], expected: str) -> None:
    assert verdict({"example.com": record}, "198.51.100.1") == expected


def test_include_passes_only_with_a_pass_and_redirect_is_the_other_domains_word() -> None:
    records: dict[str, str | list[str]] = {
        "example.com": "v=spf1 include:example.net -all",
        "example.net": "v=spf1 ip4:198.51.100.1 -all",
        "la.example.com": "v=spf1 redirect=example.net",
    }
    assert verdict(records, "198.51.100.1") == "pass"
    assert verdict(records, "198.51.100.2") == "fail"
    assert verdict(records, "198.51.100.1", "amy@la.example.com") == "pass"
    assert verdict(records, "198.51.100.2", "amy@la.example.com") == "fail"


def test_more_than_ten_terms_that_ask_are_an_error() -> None:
    ten = "v=spf1 " + "a:mail-a.example.com " * 10
    assert verdict({"example.com": f"{ten} +all"}, "198.51.100.1") == "pass"
    assert verdict({"example.com": f"{ten} mx +all"}, "198.51.100.1") == "permerror"


def test_a_record_that_includes_itself_ends() -> None:
    assert verdict({"example.com": "v=spf1 include:example.com -all"}, "198.51.100.1") == "permerror"
    assert verdict({"example.com": "v=spf1 redirect=example.com"}, "198.51.100.1") == "permerror"


def test_more_than_two_empty_answers_are_an_error() -> None:
    assert verdict({"example.com": "v=spf1 a:x1.example.com a:x2.example.com a:x3.example.com +all"}, "192.0.2.1") == (
        "permerror"
    )


@pytest.mark.parametrize(
    ("macro", "expanded"),
    [
        ("%{o}.x.org", "email.example.com.x.org"),
        ("%{d2}", "example.com"),
        ("%{dr}.x.org", "com.example.email.x.org"),
        ("%{d2r}.x.org", "example.email.x.org"),
        ("%{l}.x.org", "strong-bad.x.org"),
        ("%{l-}.x.org", "strong.bad.x.org"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{l1r-}.x.org", "strong.x.org"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{h}", "helo.example.com"),
    ],
)
def test_macros_expand_as_section_7_4_shows(macro: str, expanded: str) -> None:
    asked: list[str] = []

    def resolve(name: str, kind: str) -> list[str]:
        if kind == "TXT":
            return [f"v=spf1 exists:{macro} -all"]
        asked.append(name)
        return ["127.0.0.2"]

    found = check("192.0.2.3", "strong-bad@email.example.com", "helo.example.com", resolve)
    assert (found, asked) == (("pass", "email.example.com"), [expanded])


def test_an_ipv6_address_expands_to_its_32_digits() -> None:
    asked: list[str] = []

    def resolve(name: str, kind: str) -> list[str]:
        if kind == "TXT":
            return ["v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all"]
        asked.append(name)
        return []

    check("2001:db8::cb01", "strong-bad@email.example.com", "", resolve)
    assert asked == ["1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"]


def test_the_null_senders_domain_is_its_helos() -> None:
    def resolve(name: str, kind: str) -> list[str]:
        return ["v=spf1 +all"] if (name, kind) == ("mx.example.com", "TXT") else []

    assert check("192.0.2.1", "", "mx.example.com", resolve) == ("pass", "mx.example.com")


@pytest.mark.parametrize(
    ("client", "helo"), [("not an address", "mx.example.com"), ("192.0.2.1", "localhost"), ("", "")]
)
def test_without_an_address_or_a_domain_nothing_is_known(client: str, helo: str) -> None:
    assert check(client, "", helo, lambda name, kind: [])[0] == "none"
