"""Plans: what tofu will do, kept encrypted, said in words with the price a month."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from django.utils import timezone

from catalyst.problem import Problem
from sovereign_wizard.catalog import hetzner
from sovereign_wizard.catalog.offer import EstimateLine, Price, estimate
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.models import Plan
from sovereign_wizard.provisioning.phases.session import Session
from sovereign_wizard.tofu import command, summary

SIGNS = {"EUR": "€", "USD": "$"}


def make_plan(ctx: Context, tofu: Session, *, destroy: bool = False, price: str = "") -> Plan:
    """Plan, keep the encrypted file, and say in words what it does. Nobody has approved it yet."""
    tofu.run(command.plan(tofu=tofu.binary, destroy=destroy))
    found = summary.of(tofu.run(command.show_plan(tofu=tofu.binary)).document)
    content = tofu.read_plan()
    words = f"{found.words()}; {price}" if price and not found.is_empty else found.words()
    changes = {str(action): dict(kinds) for action, kinds in found.counts.items()}
    with ctx.beat.held.fenced():
        plan, _ = Plan.objects.update_or_create(
            run=ctx.run,
            defaults={
                "content": content,
                "sha256": hashlib.sha256(content).hexdigest(),
                "words": words,
                "changes": json.loads(json.dumps(changes)),
                "losses": [asdict(loss) for loss in found.losses],
                "approved_by": "",
                "approved_at": None,
                "applied_at": None,
            },
        )
    return plan


def apply_plan(ctx: Context, tofu: Session) -> None:
    """Do what the Run's plan file says. The row says before that it was begun, and the state is
    copied after, because a failed or interrupted apply has made things too."""
    with ctx.beat.held.fenced():
        Plan.objects.filter(run=ctx.run).update(applied_at=timezone.now())
    try:
        tofu.run(command.apply(tofu=tofu.binary))
    finally:
        tofu.keep_state()


def price(ctx: Context) -> str:
    """e.g. "€41.20/month net"; what it is made of goes to the log, a line each. Empty when Hetzner
    tells no prices now: no reason to stop."""
    deployment = ctx.deployment
    try:
        found = estimate(
            hetzner.catalogue(ctx.secret("hetzner-token")),
            region=deployment.region,
            control_plane_size=deployment.control_plane_size,
            worker_size=deployment.worker_size,
            worker_count=deployment.worker_count,
            ha_enabled=deployment.ha_enabled,
        )
    except Problem as problem:
        ctx.say(f"The price is not known now: {problem.title}", level="warn")
        return ""
    if found is None:
        return ""
    for line in found.lines:
        ctx.say(in_words(line, found.currency))
    return _monthly(found.total, found.currency)


def in_words(line: EstimateLine, currency: str) -> str:
    """e.g. "Workers cx33: 2 × €6.49 = €12.98/month net"."""
    each = f"{line.count} × {_amount(line.each, currency)} = " if line.count > 1 else ""
    return f"{line.words}: {each}{_monthly(line.sum, currency)}"


def _monthly(price: Price, currency: str) -> str:
    return f"{_amount(price, currency)}/month net"


def _amount(price: Price, currency: str) -> str:
    return f"{SIGNS.get(currency, f'{currency} ')}{price.monthly_net:.2f}"
