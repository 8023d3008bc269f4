"""What the DNS says of the council's mail domain: who takes its mail, and whether others can believe our letters."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from channels.sending.dkim_signing import Signature, numbers_of
from config.findings import Finding, failing, ok, warning

Resolve = Callable[[str, str], list[str]]
"""Records' texts by name and kind; an empty list where there are none. Raises OSError where no answer came."""

MOST_LOOKUPS = 10
"""RFC 7208 section 4.6.4: with more, receivers take the SPF record for broken."""

LONG_ENOUGH = 2048
"""Bits of a DKIM key (RFC 8301 section 3.2)."""

_ASKING = ("a", "mx", "ptr", "exists")
_ENDS = {"-all": "", "~all": "", "+all": "everybody", "all": "everybody", "?all": "nobody in particular"}


def examine_dns(domain: str, resolve: Resolve, signature: Signature | None) -> Iterator[Finding]:
    """One finding for each kind of record."""
    checks: dict[str, Callable[[str, Resolve], Finding]]
    checks = {"MX": _mx, "SPF": _spf, "DMARC": _dmarc, "DKIM": partial(_dkim, signature)}
    for name, check in checks.items():
        try:
            yield check(domain, resolve)
        except OSError as error:
            what = f"{name}: the DNS did not answer for {domain} ({error})"
            yield failing(what, "Check the resolver, or use --no-dns")


def _mx(domain: str, resolve: Resolve) -> Finding:
    hosts = resolve(domain, "MX")
    if not any(hosts):
        return failing(f"MX: no server takes mail for {domain}", "Add an MX record that names your mail server")
    return ok(f"MX: mail for {domain} goes to {', '.join(sorted(hosts)[:5])}")


def _spf(domain: str, resolve: Resolve) -> Finding:
    records = _spf_records(domain, resolve)
    if len(records) != 1:
        remedy = 'Add one TXT record, such as "v=spf1 mx -all", that names the servers which send for you'
        return failing(f"SPF: {domain} has {len(records) or 'no'} records, and one is right", remedy)
    walk = _SpfWalk(resolve)
    end = walk.follow(records[0])
    if walk.trouble:
        return failing(f"SPF: {walk.trouble}", "Put the record right: as it is, receivers ignore it")
    if walk.lookups > MOST_LOOKUPS:
        what = f"SPF: the record needs more than {MOST_LOOKUPS} lookups, so receivers take it for broken"
        return failing(what, "Replace include, a and mx by ip4 and ip6 where you can")
    if allowed := _ENDS.get(end, "nobody in particular"):
        return failing(f"SPF: the record ends in {end or 'no all'}: it allows {allowed}", "End it in -all or ~all")
    return ok(f"SPF: one record, {walk.lookups} lookups, ends in {end}")


def _spf_records(domain: str, resolve: Resolve) -> list[str]:
    return [text for text in resolve(domain, "TXT") if text.lower().split(" ")[0] == "v=spf1"]


@dataclass
class _SpfWalk:
    """Counts the terms that ask the DNS, through all records that are included. Stops soon after the limit."""

    resolve: Resolve
    lookups: int = 0
    trouble: str = ""

    def follow(self, record: str) -> str:
        """Count this record's terms; answers with the term at its end that is for all others, "" where none is."""
        end = ""
        for term in record.lower().split()[1:]:
            if self.trouble or self.lookups > MOST_LOOKUPS:
                break
            if term in _ENDS:
                return term
            end = self._term(term) or end
        return end

    def _term(self, term: str) -> str:
        if term.startswith("redirect="):
            return self._other(term.removeprefix("redirect="))
        name, _, value = term.lstrip("+-~?").partition(":")
        if name == "include":
            self._other(value)
        elif name.partition("/")[0] in _ASKING:
            self.lookups += 1
        return ""

    def _other(self, domain: str) -> str:
        self.lookups += 1
        if "%" in domain:
            return ""
        records = _spf_records(domain, self.resolve)
        if len(records) != 1:
            self.trouble = f"it includes {domain}, which has {len(records) or 'no'} SPF records"
            return ""
        return self.follow(records[0])


def _dmarc(domain: str, resolve: Resolve) -> Finding:
    name, records = _nearest_dmarc(domain, resolve)
    if len(records) != 1:
        remedy = f'Add one TXT record at _dmarc.{domain}, such as "v=DMARC1; p=none; rua=mailto:..." to begin with'
        return failing(f"DMARC: {domain} has {len(records) or 'no'} records, and one is right", remedy)
    tags = _tags(records[0])
    inherited = tags.get("sp", "") if name != domain else ""
    policy = (inherited or tags.get("p", "")).lower()
    if policy not in ("none", "quarantine", "reject"):
        return failing(f"DMARC: the record of {name} has no policy", "Give it p=none, p=quarantine or p=reject")
    if policy == "none":
        return warning(f"DMARC: the policy of {name} is none", "Go to quarantine or reject once its reports are clean")
    return ok(f"DMARC: the policy of {name} is {policy}")


def _nearest_dmarc(domain: str, resolve: Resolve) -> tuple[str, list[str]]:
    """The domain's own record, or that of the nearest domain above it."""
    labels = domain.split(".")
    for start in range(max(len(labels) - 1, 1)):
        name = ".".join(labels[start:])
        records = [text for text in resolve(f"_dmarc.{name}", "TXT") if text.upper().startswith("V=DMARC1")]
        if records:
            return name, records
    return domain, []


def _dkim(signature: Signature | None, domain: str, resolve: Resolve) -> Finding:
    if signature is None:
        what = "DKIM: Rightdoor signs no mail, as RIGHTDOOR_DKIM_KEY is not set"
        return warning(what, "Set it, or let your mail server sign")
    name = f"{signature.selector}._domainkey.{domain}"
    keys = [tags["p"] for tags in map(_tags, resolve(name, "TXT")) if "p" in tags]
    remedy = f"Publish the public key of RIGHTDOOR_DKIM_KEY at {name}"
    if len(keys) != 1:
        return failing(f"DKIM: {name} has {len(keys) or 'no'} records, and one is right", remedy)
    try:
        published = numbers_of(keys[0])
    except ValueError:
        return failing(f"DKIM: the record at {name} holds no RSA key", remedy)
    if published != signature.numbers:
        return failing(f"DKIM: the key at {name} is not the one that we sign with", remedy)
    bits = published[0].bit_length()
    if bits < LONG_ENOUGH:
        return warning(f"DKIM: the key has {bits} bits", f"Make a new one with {LONG_ENOUGH}")
    return ok(f"DKIM: the key at {name} is the one that we sign with")


def _tags(record: str) -> dict[str, str]:
    """tag=value; tag=value (RFC 6376 section 3.2)."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
