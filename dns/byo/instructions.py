"""What a person does elsewhere, as text to copy and steps to follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.conf import settings

from dns.byo.models import DomainMove, MoveState
from dns.byo.names import challenge_name
from dns.byo.values import Instruction
from dns.registrars.domains import read as read_domain
from dns.registrars.registrar import by_hand
from dns.registrars.values import hosts


def instructions_of(row: DomainMove) -> tuple[Instruction, ...]:
    """One for each of `needs`, in the order of doing."""
    makers = {
        "txt": _txt, "ds-remove": _ds_remove, "ns": _ns, "ds-add": _ds_add, "ns-away": _ns_away,
    }  # fmt: skip
    return tuple(one for need in row.needs if need in makers for one in makers[need](row))


def _txt(row: DomainMove) -> Iterator[Instruction]:
    name = challenge_name(row.fqdn)
    yield Instruction(
        "txt",
        "Prove that the domain is yours",
        name,
        (row.challenge,),
        (
            f"Log in where the DNS records of {row.registrable} are edited.",
            f"Add a TXT record named {name} with the value shown here.",
            "Save, come back and press Check now.",
        ),
    )


def _ds_remove(row: DomainMove) -> Iterator[Instruction]:
    going_back = row.state in (MoveState.RESTORING, MoveState.RELEASING)
    ds = row.own_ds if going_back else row.snapshot.get("ds", ())
    yield Instruction(
        "ds-remove",
        "Take the DS record out",
        row.fqdn,
        tuple(ds),
        (
            f"{_where(row)} Open the DNSSEC settings of {row.fqdn}.",
            "Remove the DS record shown here (some call it “switch DNSSEC off”), and save.",
            "We wait until nobody believes it any more before anything else changes.",
        ),
    )


def _ns(row: DomainMove) -> Iterator[Instruction]:
    back = row.state == MoveState.RESTORING
    wanted: Sequence[str] = row.snapshot.get("ns", ()) if back else settings.CATALYST.nameservers
    title = "Bring the earlier name servers back" if back else "Name our name servers"
    yield Instruction("ns", title, row.fqdn, hosts(wanted), _ns_steps(row, hosts(wanted)))


def _ns_steps(row: DomainMove, wanted: Sequence[str]) -> tuple[str, ...]:
    domain = read_domain(row.fqdn)
    if not domain.is_apex:
        if wanted:
            return tuple(by_hand(domain, wanted))
        where = f"Log in where the DNS records of {domain.registrable} are edited."
        return (where, f"Remove the NS records of {domain.below}.", "Save and press Check now.")
    return (
        f"{_where(row)} Open the name servers (“DNS servers”) of {row.fqdn}.",
        f"Replace all that are there by {', '.join(wanted)}; leave none of the others.",
        "Save, come back and press Check now. It may take up to two days.",
    )


def _ds_add(row: DomainMove) -> Iterator[Instruction]:
    back = row.state == MoveState.RESTORING
    ds = row.snapshot.get("ds", ()) if back else row.own_ds
    yield Instruction(
        "ds-add",
        "Bring the earlier DS record back" if back else "Publish our DS record",
        row.fqdn,
        tuple(ds),
        (
            f"{_where(row)} Open the DNSSEC settings of {row.fqdn}.",
            "Add the DS record shown here: key tag, algorithm, digest type, digest, in this order.",
            "Without it everything works, and answers cannot be checked for forgery.",
        ),
    )


def _ns_away(row: DomainMove) -> Iterator[Instruction]:
    steps = (
        f"{_where(row)} Name the name servers that shall answer from now on.",
        "Our zone stays until the parent no longer sends people to us, and then goes by itself.",
    )
    old = tuple(row.snapshot.get("ns", ()))
    yield Instruction("ns-away", "Name other name servers", row.fqdn, old, steps)


def _where(row: DomainMove) -> str:
    if row.fqdn == row.registrable:
        return f"Log in at the registrar of {row.registrable}."
    return f"Log in where the DNS records of {row.registrable} are edited."
