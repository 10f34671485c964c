"""The steps on the way here. Each looks first and may be repeated, killed wherever it was."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from catalyst.problem import Problem
from catalyst.work.steps import Done, Fail, Outcome, Wait
from dns.byo import observe, parent_ds, preflight, zone
from dns.byo.context import UNHEARD, Context
from dns.byo.models import Mode
from dns.byo.problems import DomainTaken, NeedsAcknowledgement, NotRegistered, OursAlready
from dns.byo.selectors import challenge_of
from dns.byo.values import Level, Look, Record
from dns.delegation.ask import ask
from dns.pools.problems import ForeignZone
from dns.registrars import services as registrars
from dns.registrars.problems import (
    ApiUnavailable,
    NotSupportedForDomain,
    ReadBackDiffers,
)
from dns.registrars.services import JobState
from dns.registrars.values import host

STOPS: dict[str, type[Problem]] = {
    "pool": OursAlready,
    "taken": DomainTaken,
    "unregistered": NotRegistered,
    "foreign-zone": ForeignZone,
}
MARGIN = 1.1  # caches of servers, and those that hear of a change a little later
JOB_SECONDS = 10.0
READ_BACK_PATIENCE = timedelta(minutes=30)
OLDEST_TTL = 7 * 86_400  # nobody keeps anything longer (RFC 8767 §4 recommends this cap)


def run_preflight(ctx: Context) -> Outcome:
    """How the domain is, and a snapshot of what the parent says, for the way back."""
    row = ctx.row
    seen = preflight.look(domain=row.fqdn, account=row.account, but=row.pk)
    for finding in seen.findings:
        if finding.level is Level.STOP:
            return Fail(STOPS[finding.kind](finding.text))
    if any(finding.kind == "unanswered" for finding in seen.findings):
        return ctx.later(UNHEARD)
    lost = preflight.missing(seen.records, [Record.of_json(one) for one in row.records])
    if lost and not row.acknowledged:
        names = ", ".join(dict.fromkeys(f"{one.name} {one.kind}" for one in lost))
        return Fail(
            NeedsAcknowledgement(
                f"This would stop: {names}. Take the records over, or type the domain's name to "
                "say that it may.",
                losses=[one.as_json() for one in lost],
            )
        )
    _snapshot(ctx, seen)
    for finding in seen.findings:
        ctx.say(finding.text, "warn" if finding.level is Level.WARN else "info")
    return Done()


def _snapshot(ctx: Context, seen: Look) -> None:
    """What the parent says before us; once it names us there is nothing to learn any more."""
    if set(seen.nameservers) & set(ctx.wanted):
        return
    ctx.changes["snapshot"] = {
        "ns": list(seen.nameservers),
        "ds": list(seen.ds),
        "ns_ttl": min(seen.ns_ttl, OLDEST_TTL),
        "ds_ttl": min(seen.ds_ttl, OLDEST_TTL),
        "key_ttl": min(seen.key_ttl, OLDEST_TTL),
        "taken_at": ctx.now.isoformat(),
    }
    there = ", ".join(seen.nameservers) or "nobody"
    ctx.say(f"Until now the parent names {there}; noted for the way back.")


def run_ownership(ctx: Context) -> Outcome:
    """A TXT record, or registrar credentials that may change the domain."""
    row = ctx.row
    if row.proved_at is not None:
        return Done()
    credentials = ctx.credentials() if row.mode == Mode.REGISTRAR else None
    if credentials is not None:
        name = registrars.read_domain(row.fqdn)
        with registrars.opened(row.registrar, credentials) as adapter:
            adapter.validate(name)
            title = adapter.title
        return _proved(ctx, f"the credentials at {title} may change it")
    name_, value = challenge_of(row)
    if _is_said(row.fqdn, name_, value):
        return _proved(ctx, f"{name_} says so")
    ctx.needs = ("txt",)
    return ctx.later(f"We look for the TXT record {name_} that proves that the domain is yours.")


def _proved(ctx: Context, how: str) -> Outcome:
    ctx.changes["proved_at"] = ctx.now
    ctx.say(f"{ctx.row.fqdn} is yours: {how}.")
    ctx.did("proved", how=how)
    return Done()


def _is_said(fqdn: str, name: str, value: str) -> bool:
    """Do its present name servers, or a resolver, have the TXT record?

    Asked at the servers themselves first: a resolver may remember that there was none.
    """
    parent = observe.above(fqdn)
    named = {one for _, said in observe.referrals(fqdn, parent) for one in said.nameservers}
    servers = [address for one in sorted(named) for address in observe.addresses(one)[:1]]
    if not servers:
        servers = [server.address for server in parent.servers]
    answers = [ask(server, name, "TXT", seconds=observe.SECONDS) for server in servers[:4]]
    answers.append(observe.resolved(name, "TXT"))
    return any(value in (text.replace('"', "").strip() for text in one.contents) for one in answers)


def run_zone(ctx: Context) -> Outcome:
    zone.ensure(ctx)
    zone.ensure_written(ctx)
    ds = zone.own_ds(ctx)
    ctx.changes |= {"zone_made": True, "written": True, "own_ds": list(ds)}
    if not ctx.row.zone_made:
        ctx.say(f"The zone {ctx.row.fqdn} is made and signed on our name servers.")
    return Done()


def run_servers(ctx: Context) -> Outcome:
    """Every one of ours answers with authority, before anybody is sent to it."""
    for asked in observe.look_ours(ctx.row.fqdn):
        if not asked.ok:
            return Wait(f"Our {asked.server} {asked.problem}. We ask again.", 1.0)
    ctx.say("Every one of our name servers answers for it.")
    return Done()


def run_old_ds(ctx: Context) -> Outcome:
    """The DS of the earlier host is gone and forgotten: else answers of ours would be bogus."""
    row = ctx.row
    found = parent_ds.seen(ctx)
    if found is None:
        return Wait(UNHEARD, ctx.pause(1))
    old = tuple(ds for ds in found[0] if ds not in row.own_ds)
    if old:
        known = row.snapshot.get("ds", [])
        # One of several may be out already; another one than was known came meanwhile.
        ctx.remember(
            ds=known if set(old) <= set(known) else list(old),
            ds_ttl=max(found[1], row.snapshot.get("ds_ttl", 0)),
        )
        ctx.changes["ds_gone_at"] = None
        return _old_ds_out(ctx, old)
    if not row.snapshot.get("ds"):
        return Done()
    gone_at = row.ds_gone_at or ctx.now
    ctx.changes["ds_gone_at"] = gone_at
    believed = row.snapshot.get("ds_ttl", 0) + row.snapshot.get("key_ttl", 0)
    left = (gone_at + timedelta(seconds=believed * MARGIN) - ctx.now).total_seconds()
    if left > 0:
        return Wait(
            "The old DS record is out. We wait until no resolver believes it any more.", left
        )
    ctx.say("Nobody believes the old DS record any more.")
    return Done()


def _old_ds_out(ctx: Context, old: tuple[str, ...]) -> Outcome:
    if parent_ds.by_registrar(ctx):
        done = "The registrar has taken the old DS record out."
        with suppress(NotSupportedForDomain):
            return parent_ds.take_out(ctx, old, done=done)
    ctx.needs = ("ds-remove",)
    return ctx.later("The parent still has the DS record of the earlier host. It has to go first.")


def run_flip(ctx: Context) -> Outcome:
    """Have the registrar name our servers. What reads back decides; by hand: a person does it."""
    row = ctx.row
    ctx.changes |= {"rounds": 0, "agreeing": 0, "polling_at": row.polling_at or ctx.now}
    if row.mode == Mode.MANUAL:
        ctx.needs = ("ns",)
        return Done()
    credentials = ctx.credentials()
    if credentials is None:
        ctx.say("The registrar's credentials are no longer kept; it goes on by hand.", "warn")
        ctx.needs = ("ns",)
        return Done()
    name = registrars.read_domain(row.fqdn)
    try:
        with registrars.opened(row.registrar, credentials) as adapter:
            return _flip(ctx, adapter, name)
    except ApiUnavailable as problem:
        if not problem.uncertain:
            raise
        return Wait("It is not sure whether the registrar did it; we look.", JOB_SECONDS)


def _flip(ctx: Context, adapter: registrars.Registrar, name: registrars.Domain) -> Outcome:
    row = ctx.row
    if row.job:
        found = adapter.poll(name, row.job)
        if found.state is JobState.PENDING:
            return Wait(f"{adapter.title} is still at it.", JOB_SECONDS)
    there = adapter.nameservers(name)
    if there == ctx.wanted:
        ctx.changes["job"] = ""
        ctx.say(f"{adapter.title} names our servers.")
        return Done()
    if row.job:
        return _not_yet_read_back(ctx, there)
    # Somebody may have changed them since the snapshot: that is what has to come back.
    if there and not set(there) & set(ctx.wanted) and list(there) != row.snapshot.get("ns"):
        ctx.remember(ns=list(there))
    adapter.must_fit(name, ctx.wanted)
    ctx.did("flip", registrar=row.registrar, to=list(ctx.wanted))
    outcome = adapter.set_nameservers(name, ctx.wanted)
    if outcome.state is JobState.DONE:
        ctx.say(f"{adapter.title} names our servers now.")
        return Done()
    ctx.changes["job"] = outcome.job.id if outcome.job else ""
    ctx.say(f"{adapter.title} has accepted the change and works on it.")
    return Wait(f"{adapter.title} has accepted the change and works on it.", 1.0)


def _not_yet_read_back(ctx: Context, there: tuple[str, ...]) -> Outcome:
    """The vendor says it is done, or never says; for a while it may be late."""
    facts = {"wanted": list(ctx.wanted), "seen": list(there)}
    if ctx.now - ctx.row.step_since < READ_BACK_PATIENCE:
        return Wait("The registrar does not show our name servers yet.", JOB_SECONDS)
    text = "The registrar says that it is done, and shows other name servers."
    return Fail(ReadBackDiffers(text, **facts))


def is_nobody_sent_here(ctx: Context) -> bool:
    """Every server of the parent was asked, and none names us."""
    said = [one for _, one in observe.referrals(ctx.row.fqdn, observe.above(ctx.row.fqdn))]
    heard = [one for one in said if one.heard]
    named = {host(name) for one in heard for name in one.nameservers}
    return bool(heard) and len(heard) == len(said) and not named & set(ctx.wanted)
