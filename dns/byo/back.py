"""The steps of the way back, and of giving a domain up. A zone that anybody is sent to stays."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from catalyst.vault import services as vault
from catalyst.work.steps import Done, Outcome, Wait
from dns.byo import forward, observe, parent_ds, zone
from dns.byo.context import UNHEARD, Context
from dns.byo.following import MARGIN, zone_ttl
from dns.byo.models import Mode
from dns.byo.selectors import AWAY
from dns.byo.verdict import judge
from dns.registrars import services as registrars
from dns.registrars.problems import NotSupportedForDomain
from dns.registrars.services import JobState

JOB_SECONDS = 10.0
ROUNDS = 2  # in a row in which nobody is sent to us


def run_back_ds(ctx: Context) -> Outcome:
    """Our DS is gone and forgotten, before others answer without our key."""
    row = ctx.row
    found = parent_ds.seen(ctx)
    if found is None:
        return Wait(UNHEARD, ctx.pause(1))
    ours = tuple(ds for ds in found[0] if ds in row.own_ds)
    if ours:
        ctx.remember(own_ds_ttl=max(found[1], row.snapshot.get("own_ds_ttl", 0)))
        ctx.changes["ds_gone_at"] = None
        return _ours_out(ctx, ours)
    believed = row.snapshot.get("own_ds_ttl", 0)
    if not believed:
        return Done()
    gone_at = row.ds_gone_at or ctx.now
    ctx.changes["ds_gone_at"] = gone_at
    pause = timedelta(seconds=(believed + zone.key_ttl()) * MARGIN)
    left = (gone_at + pause - ctx.now).total_seconds()
    if left > 0:
        return Wait("Our DS record is out. We wait until no resolver believes it any more.", left)
    ctx.changes["snapshot"] = {k: v for k, v in row.snapshot.items() if k != "own_ds_ttl"}
    return Done()


def _ours_out(ctx: Context, ours: tuple[str, ...]) -> Outcome:
    if parent_ds.by_registrar(ctx):
        done = "The registrar has taken our DS record out."
        with suppress(NotSupportedForDomain):
            return parent_ds.take_out(ctx, ours, done=done)
    ctx.needs = ("ds-remove",)
    return ctx.later("The parent still has our DS record. It has to go first.")


def run_back_flip(ctx: Context) -> Outcome:
    """The earlier name servers, as in the snapshot, at the registrar; else a person does it."""
    row = ctx.row
    ctx.changes |= {"rounds": 0, "agreeing": 0, "polling_at": ctx.now}
    credentials = ctx.credentials() if row.mode == Mode.REGISTRAR else None
    if credentials is None:
        ctx.needs = ("ns",)
        return Done()
    before = tuple(row.snapshot.get("ns", ()))
    name = registrars.read_domain(row.fqdn)
    with registrars.opened(row.registrar, credentials) as adapter:
        if row.job and adapter.poll(name, row.job).state is JobState.PENDING:
            return Wait(f"{adapter.title} is still at it.", JOB_SECONDS)
        if adapter.nameservers(name) == before:
            ctx.changes["job"] = ""
            ctx.say(f"{adapter.title} names the earlier servers again.")
            return Done()
        ctx.did("flip-back", registrar=row.registrar, to=list(before))
        outcome = adapter.set_nameservers(name, before)
        if outcome.state is JobState.DONE:
            ctx.say(f"{adapter.title} names the earlier servers again.")
            return Done()
        ctx.changes["job"] = outcome.job.id if outcome.job else ""
        return Wait(f"{adapter.title} has accepted the change and works on it.", 1.0)


def run_back_delegation(ctx: Context) -> Outcome:
    """The parent sends nobody to us any more."""
    left = _away(ctx)
    if left is not None:
        told = ctx.row.mode == Mode.REGISTRAR and ctx.credentials() is not None
        ctx.needs = () if told else ("ns",)
        return left
    ctx.say("The parent names the earlier servers again.")
    return Done()


def run_back_old_ds(ctx: Context) -> Outcome:
    """The earlier DS, once no resolver believes in our name servers any more."""
    row = ctx.row
    waits = _until_forgotten(ctx)
    if waits is not None:
        return waits
    old = tuple(row.snapshot.get("ds", ()))
    found = parent_ds.seen(ctx)
    if not old or (found is not None and set(old) <= set(found[0])):
        return Done()
    if parent_ds.by_registrar(ctx):
        servers = [a for one in row.snapshot.get("ns", ()) for a in observe.addresses(one)[:1]]
        done = "The registrar has passed the earlier DS record on."
        with suppress(NotSupportedForDomain):
            return parent_ds.put_in(ctx, old, server=servers[0] if servers else "", done=done)
    ctx.say("The earlier DS record has to be added by hand; it is shown on the page.", "warn")
    ctx.needs = ("ds-add",)
    return Done()


def run_leave(ctx: Context) -> Outcome:
    """Given up: the zone stays as long as the parent sends anybody here."""
    if not ctx.row.zone_made and ctx.server.zone(ctx.row.fqdn) is None:
        return Done()
    left = _away(ctx)
    found = parent_ds.seen(ctx)
    # Others answer without our key: before they do, and after, our DS makes that bogus.
    vouched = found is not None and set(found[0]) & set(ctx.row.own_ds)
    ctx.needs = ("ds-remove",) if vouched else ()
    if left is not None:
        ctx.needs += (AWAY,)
        return left
    return _until_forgotten(ctx) or Done()


def run_clean(ctx: Context) -> Outcome:
    """Our zone goes, unless somebody is sent to it again since that was waited for."""
    if ctx.row.zone_made and not forward.is_nobody_sent_here(ctx):
        return ctx.later(
            "The parent does not say that nobody is sent to us; our zone stays until it does."
        )
    if zone.remove(ctx):
        ctx.say(f"Our zone {ctx.row.fqdn} is removed.")
    ctx.changes |= {"zone_made": False, "written": False}
    return Done()


def forget_secrets(ctx: Context) -> None:
    """At the end nothing of it is kept. Joins the caller's transaction."""
    if ctx.row.acme_key_ref:
        vault.delete(ctx.row.acme_key_ref)
        ctx.changes["acme_key_ref"] = ""


def _away(ctx: Context) -> Wait | None:
    """None once the parent was seen twice to send nobody here; it must answer to count."""
    row = ctx.row
    seen = observe.look_round(row.fqdn)
    verdict = judge(seen, ctx.wanted)
    ctx.changes |= {"answers": seen.as_json(), "verdict": verdict.kind}
    rounds = ctx.one_more_round()
    if verdict.here:
        ctx.remember(sent_here=True)
    heard = [one for one in seen.of("parent") if one.heard]
    all_heard = bool(heard) and len(heard) == len(seen.of("parent"))
    if verdict.here or not all_heard:
        ctx.changes |= {"agreeing": 0, "left_at": None}
        text = "The parent still sends people to us; our zone stays until it does not."
        return Wait(text if verdict.here else verdict.text, ctx.pause(rounds))
    agreeing = row.agreeing + 1
    ctx.changes |= {"agreeing": agreeing, "left_at": row.left_at or ctx.now}
    if agreeing < ROUNDS and row.polling_at is not None:
        return Wait("The parent no longer names us. We ask once more.", 1.0)
    return None


def _until_forgotten(ctx: Context) -> Wait | None:
    """A resolver believes in us for as long as it was told to: till then we answer."""
    row = ctx.row
    if not ctx.changes.get("snapshot", row.snapshot).get("sent_here"):
        return None
    since = ctx.changes.get("left_at") or row.left_at or ctx.now
    ctx.changes["left_at"] = since
    ttl = max(zone_ttl(), row.snapshot.get("ns_ttl", 0))
    left = (since + timedelta(seconds=ttl * MARGIN) - ctx.now).total_seconds()
    if left <= 0:
        return None
    return Wait("Nobody is sent to us any more. We answer until caches have forgotten us.", left)
