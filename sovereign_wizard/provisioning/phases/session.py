"""A tofu session of one holder: private work directory, minimal environment, events to the log.

Before it opens, the tofu of an earlier holder is proven gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from catalyst.problem import NotFound
from catalyst.telemetry import steps
from catalyst.vault.secret import Secret
from dns.pools.values import AcmeAccount
from sovereign_wizard.catalog import adoption, throttle
from sovereign_wizard.naming import services as naming
from sovereign_wizard.provisioning import state_versions
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.models import RunKind
from sovereign_wizard.provisioning.phases import earlier
from sovereign_wizard.tofu import command, environment, runner, state_store, summary
from sovereign_wizard.tofu.jail.degree import Kind
from sovereign_wizard.tofu.problems import (
    StateStoreAway,
    TofuFailed,
    TofuMissing,
    TofuStopped,
)
from sovereign_wizard.tofu.stream import Diagnostic, Event, ResourceEvent, Severity
from sovereign_wizard.tofu.workdir import Workdir, private_workdir

MODULE = Path(settings.BASE_DIR) / "infra" / "hetzner"


@dataclass(frozen=True, slots=True)
class Session:
    ctx: Context
    workdir: Workdir
    environment: environment.Environment
    binary: Path
    store_up_since: datetime

    def run(self, wanted: command.Command, *, quiet: bool = False) -> runner.Result:
        """Run one command; its events become log lines, when `quiet` only its diagnostics do.

        Raises the Problems of `tofu.problems`, and those of `Watch.problem` when it was stopped.
        """
        said = self._say_diagnostic if quiet else self._say
        try:
            with steps.tofu(wanted.name):
                return runner.run(
                    wanted,
                    environment=self.environment,
                    workdir=self.workdir,
                    on_start=lambda who: self.ctx.beat.held.remember_process(asdict(who)),
                    on_event=said,
                    should_stop=self.ctx.watch.should_stop,
                )
        except TofuStopped:
            raise self.ctx.watch.problem() from None
        except TofuFailed as problem:
            self.ctx.watch.check()
            if state_store.up_since(dsn=state_versions.dsn()) != self.store_up_since:
                raise StateStoreAway("The database of the state was started anew.") from problem
            # Diagnostics are in the log already; the Problem is stored and must be plain JSON.
            problem.extra["diagnostics"] = [
                {name: str(getattr(found, name)) for name in DIAGNOSTIC} | {"line": found.line}
                for found in problem.extra["diagnostics"]
            ]
            raise

    def keep_state(self) -> None:
        """Copy the state as it is now. Raises LeaseLost, StateStoreAway."""
        with self.ctx.beat.held.fenced():
            state_versions.copy(self.ctx.deployment)

    def read_plan(self) -> bytes:
        return self.workdir.read(command.PLAN_FILE)

    def write_plan(self, content: bytes) -> None:
        self.workdir.write(command.PLAN_FILE, content)

    def adopt(self) -> None:
        """Take over what carries our label and the state does not know, and change nothing else.

        tofu ignores import blocks when it destroys, so a plan that is never applied says what
        there is, and each of these is put into the state.
        """
        self.run(command.plan(tofu=self.binary), quiet=True)
        shown = self.run(command.show_plan(tofu=self.binary)).document
        for address, resource_id in summary.taken_over(shown).items():
            self.ctx.say(f"The state had forgotten {address}; taking it over")
            wanted = command.take_over(tofu=self.binary, address=address, resource_id=resource_id)
            self.run(wanted, quiet=True)

    def _say_diagnostic(self, event: Event) -> None:
        if isinstance(event, Diagnostic) and event.severity is Severity.ERROR:
            self._say(event)

    def _say(self, event: Event) -> None:
        level, data = "info", {}
        if isinstance(event, Diagnostic):
            level = "error" if event.severity is Severity.ERROR else "warn"
            data = {"file": event.file, "line": event.line, "detail": event.detail}
        elif isinstance(event, ResourceEvent):
            data = {
                "resource": event.address,
                "action": event.action,
                "stage": str(event.stage),
                "seconds": event.seconds,
            }
            steps.resource(
                resource=event.address,
                action=event.action,
                stage=str(event.stage),
                seconds=event.seconds,
            )
        self.ctx.journal.say(
            event.message, level=level, phase=self.ctx.phase, source="tofu", data=data
        )


DIAGNOSTIC = ("severity", "summary", "detail", "address", "file")
# The phases that ask Hetzner, and how many requests each takes from the budget before it begins:
# all at once, because two runs that each wait for a second part would wait for ever.
COSTS = {
    "tofu-plan": throttle.PLAN_COST,
    "tofu-apply": throttle.APPLY_COST,
    "tofu-destroy": 2 * throttle.PLAN_COST + throttle.APPLY_COST,
}
LIFTING_COST = 2 * throttle.PLAN_COST + throttle.APPLY_COST


@contextmanager
def session(ctx: Context) -> Iterator[Session]:
    """An initialised session; everything in it is wiped afterwards.

    Raises TofuMissing, StateIsOld, HetznerAway, RateLimited and what `Session.run` raises.
    """
    config = settings.CATALYST
    if not config.tofu or not config.tofurc:
        raise TofuMissing("OpenTofu or its provider mirror is not installed on this worker.")
    earlier.prove_gone(ctx)
    state_versions.must_not_be_older(ctx.deployment)
    plain, secret = variables(ctx)
    if cost := _cost(ctx):
        # What an interrupted apply made and forgot is taken over instead of made twice. These few
        # reads come first: while Hetzner is away nothing is taken from the budget.
        token = ctx.secret("hetzner-token")
        plain[adoption.VARIABLE] = adoption.already_there(
            token=token, deployment_id=str(ctx.deployment.pk)
        )
        throttle.take(token, cost=cost)
    with private_workdir(module=MODULE, variables=plain) as workdir:
        built = environment.build(
            workdir=workdir.path,
            cli_config=config.tofurc,
            token=ctx.secret("hetzner-token"),
            state_dsn=state_versions.dsn(),
            state_passphrase=ctx.secret("state-passphrase"),
            variables=secret,
            endpoint=config.hcloud_endpoint,
        )
        opened = Session(
            ctx, workdir, built, config.tofu, state_store.up_since(dsn=state_versions.dsn())
        )
        if ctx.phase == "tofu-init":
            jail = workdir.jail
            level = "warn" if jail.kind is Kind.LIMITS else "info"
            ctx.say(f"OpenTofu is locked in: {jail.words()}", level=level)
        init = command.init(tofu=config.tofu, schema=state_versions.schema_of(ctx.deployment))
        # Every session begins with it; only its own phase tells about it, problems always.
        opened.run(init, quiet=ctx.phase != "tofu-init")
        yield opened


def _cost(ctx: Context) -> int:
    lifts = ctx.phase == "tofu-destroy" and ctx.deployment.delete_protection
    return COSTS.get(ctx.phase, 0) + (LIFTING_COST if lifts else 0)


def variables(ctx: Context) -> tuple[dict[str, Any], Mapping[str, Secret]]:
    """The module's variables: plain ones for the file, secret ones for the environment."""
    deployment, config = ctx.deployment, settings.CATALYST
    acme = _acme_account(ctx)
    base = config.callback_url or config.public_url
    plain = {
        "deployment_id": str(deployment.pk),
        "sovereign_fqdn": deployment.fqdn,
        "owner_email": deployment.owner_email,
        "region": deployment.region,
        "control_plane_size": deployment.control_plane_size,
        "ha_enabled": deployment.ha_enabled,
        # Hetzner deletes nothing that is protected, so a destroy wants it off (phases/lifting.py).
        "delete_protection": deployment.delete_protection and ctx.run.kind != RunKind.DESTROY,
        "worker_count": deployment.worker_count,
        "worker_size": deployment.worker_size,
        "components": deployment.chosen_components,
        "apps": deployment.chosen_apps,
        "ssh_public_key": deployment.ssh_public_key,
        "callback_url": f"{base}/api/v1/deployments/{deployment.pk}/callback",
        "kubeconfig_url": f"{base}/api/v1/deployments/{deployment.pk}/kubeconfig",
        "acme_directory": config.acme_directory,
        "acme_email": deployment.owner_email,
        "acme_update_url": f"{base}/acme/update",
        "acme_username": acme.username,
        "acme_subdomain": acme.subdomain,
        "first_admin_email": deployment.owner_email,
        "gitops_repo_url": config.gitops_repo_url,
        "gitops_branch": config.gitops_branch,
        "chart_registry": config.chart_registry,
        "chart_registry_insecure": config.chart_registry_insecure,
        "trusted_authorities": _authorities(config.trusted_authorities),
        "extra_settings": config.tree_settings,
    }
    secret = {
        "callback_bearer": ctx.secret("callback-bearer"),
        "acme_key": acme.key,
        "first_admin_code_hash": ctx.secret("first-admin-code-hash"),
        "k3s_token": ctx.secret("k3s-token"),
    }
    return plain, secret


def _authorities(path: Path | None) -> str:
    return path.read_text() if path is not None else ""


def _acme_account(ctx: Context) -> AcmeAccount:
    try:
        return naming.of(ctx.deployment).acme_account(ctx.deployment)
    except NotFound:
        if ctx.run.kind != RunKind.DESTROY:
            raise
        # The name was given back long ago. Nothing is made any more, only the form has to be right.
        return AcmeAccount(username="none", subdomain="none", key=Secret("none" * 8))
