"""The steps after the flip: see the world follow, have it trust our key, look every day."""

from __future__ import annotations

import random
from datetime import timedelta

from django.conf import settings

from catalyst.work.steps import Done, Fail, Outcome, Wait
from dns.byo import observe, parent_ds, schedule, zone
from dns.byo.context import Context
from dns.byo.models import Mode, MoveState
from dns.byo.problems import GaveUp
from dns.byo.values import Verdict
from dns.byo.verdict import AGREEING, judge
from dns.powerdns import zone as desired
from dns.registrars import services as registrars
from dns.registrars.problems import NotSupportedForDomain, ReadBackDiffers

MARGIN = 1.1
LOOK_BACK_EVERY = 5  # rounds in which the parent is asked and the registrar is not


def run_propagation(ctx: Context) -> Outcome:
    """Right twice in a row: done. Not within CAP: a person has to look."""
    row = ctx.row
    verdict = _round(ctx)
    since = row.polling_at or ctx.now
    rounds = ctx.one_more_round()
    agreeing = row.agreeing + 1 if verdict.right else 0
    ctx.changes |= {"agreeing": agreeing, "polling_at": since}
    if verdict.here and row.state == MoveState.PENDING_FLIP:
        ctx.changes["state"] = MoveState.PROPAGATING
        ctx.say("The parent names our servers.")
    # From here on no resolver learns of the earlier servers any more.
    flipped = row.flipped_at or ctx.now if verdict.all_here else None
    if flipped != row.flipped_at:
        ctx.changes["flipped_at"] = flipped
    if agreeing >= AGREEING:
        ctx.changes["delegated_at"] = ctx.now
        ctx.say(f"{row.fqdn} is with us: {verdict.text}")
        return Done()
    if not verdict.all_here:
        ctx.needs = _by_hand(ctx)
    _warn(ctx, ctx.now - since)
    if schedule.is_over(ctx.now - since):
        return Fail(
            GaveUp(f"{verdict.text} We have asked for three days. Press Go on to be asked again.")
        )
    if not verdict.here and rounds % LOOK_BACK_EVERY == 0:
        _refuse_taken_back(ctx)
    # A right round is asked about again soon, however long it has taken.
    return Wait(verdict.text, ctx.pause(1 if agreeing else rounds))


def _by_hand(ctx: Context) -> tuple[str, ...]:
    """A person has to name our servers, unless the registrar was told."""
    told = ctx.row.mode == Mode.REGISTRAR and ctx.credentials() is not None
    return () if told else ("ns",)


def _refuse_taken_back(ctx: Context) -> None:
    """Raises ReadBackDiffers when the registrar no longer shows what it said it did."""
    credentials = ctx.credentials()
    if ctx.row.mode != Mode.REGISTRAR or credentials is None:
        return
    with registrars.opened(ctx.row.registrar, credentials) as adapter:
        there = adapter.nameservers(registrars.read_domain(ctx.row.fqdn))
    if there != ctx.wanted:
        raise ReadBackDiffers(
            "The registrar showed our name servers, and now shows others.",
            wanted=list(ctx.wanted),
            seen=list(there),
        )


def _warn(ctx: Context, age: timedelta) -> None:
    """Tell the contact after a day and after two, once each."""
    row = ctx.row
    if age >= schedule.WARN_FIRST and row.warned_24_at is None:
        ctx.changes["warned_24_at"] = ctx.now
        ctx.mails.append("24")
    if age >= schedule.WARN_AGAIN and row.warned_48_at is None:
        ctx.changes["warned_48_at"] = ctx.now
        ctx.mails.append("48")


def run_publish_ds(ctx: Context) -> Outcome:
    """Our DS at the parent, once no resolver can believe in the earlier name servers any more.

    A resolver that still asks those would find answers that our key did not sign.
    """
    row = ctx.row
    verdict = _round(ctx)
    if not verdict.all_here:
        ctx.changes["flipped_at"] = None
        return Wait(verdict.text, ctx.pause(1))
    since = row.flipped_at or ctx.now
    ctx.changes["flipped_at"] = since
    pause = timedelta(seconds=row.snapshot.get("ns_ttl", 0) * MARGIN)
    left = (since + pause - ctx.now).total_seconds()
    if left > 0:
        return Wait(
            "It works. We wait until no resolver believes in the earlier name servers any more; "
            "then our key can be vouched for.",
            left,
        )
    own = zone.own_ds(ctx)
    found = parent_ds.seen(ctx)
    ctx.changes["own_ds"] = list(own)
    _remember_ours(ctx, found, own)
    if found is not None and parent_ds.same(found[0], own):
        ctx.say("The parent vouches for our key.")
        return Done()
    if parent_ds.by_registrar(ctx):
        done = "The registrar has passed our DS record on. We see it arrive."
        server = observe.own_servers()[0].address
        try:
            return parent_ds.put_in(ctx, own, server=server, done=done)
        except NotSupportedForDomain as problem:
            ctx.say(f"The registrar does not take our DS record: {problem.detail}", "warn")
    ctx.needs = ("ds-add",)
    ctx.say("Our DS record can be published now; it is shown on the domain's page.")
    return Done()


def _remember_ours(
    ctx: Context, found: tuple[tuple[str, ...], int] | None, own: tuple[str, ...]
) -> None:
    """For how long resolvers may believe our DS: whoever takes it out need not wait for us."""
    if found is not None and set(found[0]) & set(own):
        ctx.remember(own_ds_ttl=max(found[1], ctx.row.snapshot.get("own_ds_ttl", 0)))
        ctx.changes["ds_gone_at"] = None


def run_watch(ctx: Context) -> Outcome:
    """Every day: is it still delegated to us, registered, and not bogus? Never ends."""
    row = ctx.row
    zone.ensure(ctx)
    zone.ensure_written(ctx)
    own = zone.own_ds(ctx)
    ctx.changes["own_ds"] = list(own)
    verdict = _round(ctx)
    found = parent_ds.seen(ctx)
    _remember_ours(ctx, found, own)
    strange = tuple(ds for ds in (found[0] if found else ()) if ds not in own)
    if found is not None and not found[0]:
        ctx.needs = ("ds-add",)
    words = _watch_words(verdict, strange)
    if strange and verdict.here:
        ctx.changes["verdict"] = "bogus"
    if verdict.kind in ("gone", "not-yet"):
        ctx.needs = ("ns",)
    if ctx.changes["verdict"] != row.verdict and ctx.changes["verdict"] != "right":
        ctx.say(words, "error")
        ctx.mails.append(ctx.changes["verdict"])
    pause = schedule.spread(schedule.WATCH_SECONDS, chance=random.random())
    return Wait(words, pause if verdict.kind != "silent" else ctx.pause(20))


def _watch_words(verdict: Verdict, strange: tuple[str, ...]) -> str:
    if strange and verdict.here:
        return "The parent has a DS record of a key that is not ours: answers are not trusted."
    if verdict.kind == "gone":
        return "The domain is no longer there: it has expired or was given up at its registrar."
    if verdict.kind == "not-yet":
        return f"{verdict.text} Nobody is sent to us any more."
    return verdict.text


def _round(ctx: Context) -> Verdict:
    seen = observe.look_round(ctx.row.fqdn)
    verdict = judge(seen, ctx.wanted)
    ctx.changes |= {"answers": seen.as_json(), "verdict": verdict.kind}
    if verdict.here and not ctx.row.snapshot.get("sent_here"):
        ctx.remember(sent_here=True)
    if verdict.kind == "mixed" and ctx.row.verdict != "mixed":
        ctx.say(verdict.text, "warn")
    return verdict


def zone_ttl() -> int:
    """Seconds for which resolvers believe what our zone says of its name servers."""
    ds_ttl: int = settings.CATALYST.ds_ttl
    return max(desired.DELEGATION_TTL, ds_ttl)
