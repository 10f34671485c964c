"""DS records at the parent: seen as everybody sees them, changed where a registrar lets us."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from catalyst.work.steps import Wait
from dns.byo import observe
from dns.byo.context import Context
from dns.byo.models import Mode
from dns.delegation.ask import ask
from dns.registrars import services as registrars
from dns.registrars.problems import NotSupportedForDomain
from dns.registrars.services import JobState, Signer

# Asks for what is missing; false while the registrar is still at it.
Change = Callable[[registrars.Registrar, registrars.Domain], bool]


def seen(ctx: Context) -> tuple[tuple[str, ...], int] | None:
    """DS contents of any server of the parent and their largest TTL; None: nobody answered."""
    answers = [said for _, said in observe.ds_of(ctx.row.fqdn, observe.above(ctx.row.fqdn))]
    heard = [said for said in answers if said.heard]
    if not heard:
        return None
    contents = sorted({_plain(text) for said in heard for text in said.contents})
    return tuple(contents), max((said.ttl or 0 for said in heard), default=0)


def same(one: Sequence[str], other: Sequence[str]) -> bool:
    return {_plain(text) for text in one} == {_plain(text) for text in other}


def by_registrar(ctx: Context) -> bool:
    """Can a registrar change them for us, now?"""
    row = ctx.row
    return (
        row.mode == Mode.REGISTRAR
        and registrars.kind_of(row.registrar).capabilities.ds_records
        and ctx.credentials() is not None
    )


def take_out(ctx: Context, contents: Sequence[str], *, done: str) -> Wait:
    """Have the registrar remove these, and wait, longer each round: what the parent says decides.

    `done`: what to say once it has. Raises NotSupportedForDomain (a person has to),
    RegistrarProblem.
    """
    gone = [Signer.of_text(text) for text in contents]

    def change(adapter: registrars.Registrar, name: registrars.Domain) -> bool:
        for signer in adapter.signers(name):
            # A vendor may name the digest by another hash than the parent: tag and key decide.
            if any((signer.tag, signer.algorithm) == (one.tag, one.algorithm) for one in gone):
                ctx.did("ds-removed", ds=[signer.text()])
                if adapter.remove_signer(name, signer).state is not JobState.DONE:
                    return False
        return True

    return _with(ctx, change, done=done, still="The registrar takes the DS record out.")


def put_in(ctx: Context, contents: Sequence[str], *, server: str, done: str) -> Wait:
    """Have the registrar add these, as above. `server`: address that shows the keys they are of."""
    keys = ask(server, ctx.row.fqdn, "DNSKEY", seconds=observe.SECONDS).contents
    signers = [_signer(ctx.row.fqdn, text, keys) for text in contents]

    def change(adapter: registrars.Registrar, name: registrars.Domain) -> bool:
        there = adapter.signers(name)
        for signer in signers:
            if signer in there:
                continue
            ctx.did("ds-added", ds=[signer.text()])
            if adapter.add_signer(name, signer).state is not JobState.DONE:
                return False
        return True

    return _with(ctx, change, done=done, still="The registrar passes the DS record on.")


def _with(ctx: Context, change: Change, *, done: str, still: str) -> Wait:
    credentials = ctx.credentials()
    if credentials is None:
        raise NotSupportedForDomain("The credentials are no longer kept.", steps=[])
    name = registrars.read_domain(ctx.row.fqdn)
    with registrars.opened(ctx.row.registrar, credentials) as adapter:
        words = done if change(adapter, name) else still
    rounds = ctx.one_more_round()
    if rounds == 1:
        ctx.say(words)
    return Wait(words, ctx.pause(rounds))


def _signer(fqdn: str, text: str, keys: Sequence[str]) -> Signer:
    """With its public key, which some vendors make the digest of."""
    bare = Signer.of_text(text)
    for key in keys:
        flags, _, algorithm, *public = key.split()
        whole = Signer.of_key(
            fqdn,
            flags=int(flags),
            algorithm=int(algorithm),
            public_key="".join(public),
            digest_type=bare.digest_type,
        )
        if whole == bare:
            return whole
    return bare


def _plain(ds: str) -> str:
    tag, algorithm, digest_type, *digest = ds.split()
    return f"{tag} {algorithm} {digest_type} {''.join(digest).lower()}"
