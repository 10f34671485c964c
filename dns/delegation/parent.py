"""What a domain's parent says of it, server by server, as anybody on the internet would ask.

A pool's own delegation is made at its registrar, by a person or an adapter: this is the check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalyst.outside import is_outside
from catalyst.problem import Conflict
from dns.delegation.ask import Answer, Referral, again, ask, referral, resolver

_LIFE = (("", "A"), ("", "AAAA"), ("", "MX"), ("", "TXT"), ("www.", "A"))


class LiveElsewhere(Conflict):
    """Making the zone here would lose what it says there, once it is delegated to us."""

    type = "live-elsewhere"
    title = "This domain is in use on other name servers"


@dataclass(frozen=True, slots=True)
class ParentAnswer:
    """One parent server's word. `problem` says what is wrong with it, empty when it is right."""

    server: str
    address: str
    nameservers: tuple[str, ...]
    ds: tuple[str, ...]
    glue: dict[str, tuple[str, ...]]
    problem: str

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok` only when every server of the parent was asked and says the right thing."""

    domain: str
    parent: str
    answers: tuple[ParentAnswer, ...]

    @property
    def ok(self) -> bool:
        return bool(self.answers) and all(one.ok for one in self.answers)


def check(
    domain: str,
    *,
    nameservers: Sequence[str],
    ds: Sequence[str],
    glue: dict[str, tuple[str, ...]] | None = None,
) -> Verdict:
    """Ask every server of the parent about `domain`.

    `ds`: contents of which at least one has to be there, and no other. `glue`: addresses of those
    name servers that lie in the domain itself.
    """
    parent, servers = servers_above(domain)
    answers = []
    for server in servers:
        for kind in ("A", "AAAA"):
            # A zone that a customer brought may be the parent, and its servers be anybody.
            found = ask(resolver(), server, kind, recursive=True).contents
            for address in filter(is_outside, found):
                said = referral(address, domain)
                vouched = ask(address, domain, "DS")
                problem = _problem(said, vouched.contents, nameservers, ds, glue or {})
                answers.append(
                    ParentAnswer(
                        server.rstrip("."),
                        address,
                        said.nameservers,
                        vouched.contents,
                        said.glue,
                        problem or vouched.failure,
                    )
                )
    return Verdict(domain, parent, tuple(answers))


def refuse_if_live_elsewhere(domain: str, *, nameservers: Sequence[str]) -> None:
    """Raise LiveElsewhere when other servers answer for the domain with records of their own.

    A domain that nobody answers for may be made here: nobody asks us before it is delegated.
    """
    there = ask(resolver(), domain, "NS", recursive=True)
    others = _plain(there.contents) - _plain(nameservers)
    if there.rcode != "NOERROR" or not others:
        return
    found = [
        f"{kind} of {before}{domain}"
        for before, kind in _LIFE
        if ask(resolver(), f"{before}{domain}", kind, recursive=True).contents
    ]
    if found:
        raise LiveElsewhere(
            f"{', '.join(sorted(others))} answer for {domain} with {', '.join(found)}. Make the"
            " zone here by hand with all of its records first."
        )


def servers_above(domain: str) -> tuple[str, tuple[str, ...]]:
    """The zone above and the names of its servers; the closest ancestor that has any.

    No servers: the resolver could not tell. One further up would speak of another zone.
    """
    labels = domain.rstrip(".").split(".")
    for start in range(1, len(labels)):
        ancestor = ".".join(labels[start:])
        found = _servers_of(ancestor)
        if found.contents or not found.heard:
            return ancestor, found.contents
    return ".", _servers_of(".").contents


def _servers_of(zone: str) -> Answer:
    return again(lambda: ask(resolver(), zone, "NS", recursive=True))


def _problem(
    said: Referral,
    vouched: Sequence[str],
    nameservers: Sequence[str],
    ds: Sequence[str],
    glue: dict[str, tuple[str, ...]],
) -> str:
    if said.failure:
        return f"no answer ({said.failure})"
    if said.rcode != "NOERROR":
        return f"the server says {said.rcode}"
    if _plain(said.nameservers) != _plain(nameservers):
        there = ", ".join(sorted(_plain(said.nameservers))) or "nobody"
        return f"delegated to {there}, not to {', '.join(sorted(_plain(nameservers)))}"
    for host, addresses in glue.items():
        if set(said.glue.get(host.lower(), ())) != set(addresses):
            return f"glue of {host.rstrip('.')} is not {', '.join(addresses)}"
    if not vouched:
        return "no DS: answers are not trusted"
    if strange := {text.lower() for text in vouched} - {text.lower() for text in ds}:
        return f"a DS of a key that is not ours: {sorted(strange)[0]}"
    return ""


def _plain(names: Sequence[str]) -> set[str]:
    return {name.rstrip(".").lower() for name in names}
