"""The two phases that watch a Sovereign's cluster, against a real control plane."""

from __future__ import annotations

import signal
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.utils import timezone

from sovereign_wizard.cluster import watching
from sovereign_wizard.provisioning.models import Deployment, PhaseRun, PhaseState, State
from sovereign_wizard.provisioning.order import order_of
from tests.integration.internet.running import until
from tests.integration.localcloud.outage import kept_dead
from tests.integration.sovereign_wizard.cluster.conftest import Watched
from tests.integration.sovereign_wizard.cluster.flux import Flux, inside

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("cluster")]


def test_given_no_word_of_a_cluster_then_the_order_is_as_it_was_and_with_it_the_phases_come(
    settings: Any,
) -> None:
    assert "components" not in order_of("provision")
    settings.CATALYST = settings.CATALYST.model_copy(update={"cluster": True})
    order = order_of("provision", approve=True)
    at = order.index("cluster-callback")
    expected = ("flux-bootstrap", "components", "tls", "first-admin", "verify", "handover")
    assert order[at + 1 :] == expected and order.index("approve") < at


def test_w5_given_a_cluster_that_comes_up_bit_by_bit_then_each_wait_says_for_what(
    watched: Watched, flux: Flux
) -> None:
    assert "has not sent its kubeconfig" in watched.advance().reason
    watched.post_kubeconfig()
    with flux.without("Kustomization"):
        assert "Flux is not installed yet" in watched.advance().reason
    assert "nothing tells it yet what to install" in watched.advance().reason
    flux.source()
    flux.stage("root")
    assert "GitRepository sovereign is not there yet" in watched.advance().reason
    flux.says("GitRepository", "sovereign", "False", "GitOperationFailed", "no branch main")
    assert "no branch main" in watched.advance().reason
    flux.fetched()
    assert "root has not been applied yet" in watched.advance().reason
    assert watched.deployment.state == State.WAITING
    flux.brings("root", "Unknown", "bp-cnpg")
    assert "0 of the 1 components" in watched.advance().reason
    assert watched.deployment.facts["flux_revisions"] == ["main@sha1:1111"]


def test_w19_given_failures_that_pass_then_a_push_of_a_fix_ends_the_phase_without_a_person(
    begun: Watched, flux: Flux
) -> None:
    begun.advance()
    # Git brings them; they are not in the cluster yet.
    assert begun.seen == {"root": "installing", "data": "installing"} | dict.fromkeys(
        ("cnpg", "gitea"), "pending"
    )
    flux.release("bp-cnpg")
    flux.release("bp-gitea", "bp-cnpg")
    flux.says("HelmRelease", "bp-cnpg", "False", "InstallFailed", "timed out: cnpg-0")
    flux.says(
        "HelmRelease", "bp-gitea", "False", "DependencyNotReady", "dependency 'x' is not ready"
    )
    row = begun.advance()
    assert (begun.seen["cnpg"], begun.seen["gitea"]) == ("degraded", "pending")
    assert row.state == State.WAITING and "timed out: cnpg-0" in row.reason

    # Another worker, the same rows: nothing is told twice.
    begun.advance()
    flux.release("bp-cnpg", generation=2)  # the fix, as Git's tree says it
    begun.advance()
    assert begun.seen["cnpg"] == "installing"
    flux.suspend("bp-gitea", True)
    flux.installed("bp-cnpg", "bp-gitea")
    flux.brings("data", "True", "bp-cnpg", "bp-gitea")
    flux.brings("root", "True", stages=("data",))
    assert "gitea is suspended" in begun.advance().reason
    flux.suspend("bp-gitea", False)
    flux.installed("bp-gitea")
    assert begun.advance().reason == "Next is tls."

    assert begun.told("cnpg") == ["pending", "degraded", "installing", "installed"]
    assert begun.told("gitea") == ["pending", "suspended", "installed"]
    assert begun.deployment.facts["components"]["installed"] == ["cnpg", "gitea"]
    warned = [e for e in begun.log if e["data"].get("state") == "degraded"]
    assert [(e["level"], e["phase"]) for e in warned] == [("warn", "components")]


def test_w19_given_flux_has_given_up_then_it_fails_with_the_words_and_goes_on_after_the_fix(
    begun: Watched, flux: Flux
) -> None:
    flux.release("bp-cnpg")
    flux.release("bp-gitea")
    flux.installed("bp-cnpg")
    message = "Failed to install after 11 attempt(s): no such image gitea:9"
    flux.says("HelmRelease", "bp-gitea", "False", "RetriesExceeded", message, stalled=True)
    row = begun.advance()
    assert (row.state, row.problem["type"]) == (State.FAILED, "component-failed")
    assert row.problem["components"] == ["gitea"] and message in row.problem["detail"]
    Deployment.objects.filter(pk=row.pk).update(look_at=timezone.now())
    assert watching.look() == 1
    assert watching.look() == 0  # claimed: one look at a time
    assert not watching.go_on(row.pk)

    flux.release("bp-gitea", generation=2)
    assert watching.go_on(row.pk)
    flux.installed("bp-gitea")
    flux.brings("data", "True", "bp-cnpg", "bp-gitea")
    flux.brings("root", "True", stages=("data",))
    assert begun.advance().reason == "Next is tls."
    assert begun.deployment.runs.count() == 2
    assert begun.told("gitea") == ["failed", "installing", "installed"]


def test_given_a_release_git_brings_no_more_then_it_is_gone_here_too(
    begun: Watched, flux: Flux
) -> None:
    flux.release("bp-cnpg")
    begun.advance()
    flux.brings("data", "Unknown", "bp-cnpg")
    begun.advance()
    assert set(begun.seen) == {"root", "data", "cnpg"}
    assert begun.told("gitea") == ["pending", "removed"]


def test_given_the_budget_is_over_then_the_phase_fails_with_what_it_waited_for(
    begun: Watched, flux: Flux
) -> None:
    flux.release("bp-cnpg")
    flux.says("HelmRelease", "bp-cnpg", "False", "InstallFailed", "timed out: cnpg-0")
    begun.advance()
    long_ago = timezone.now() - timedelta(hours=2)
    phase = PhaseRun.objects.filter(run__deployment=begun.deployment, phase="components")
    phase.update(started_at=long_ago)
    row = begun.advance()
    assert (row.state, row.problem["type"]) == (State.FAILED, "phase-budget-exceeded")
    assert "timed out: cnpg-0" in row.problem["detail"]


def test_given_the_api_server_stopped_and_killed_then_nothing_false_is_seen_and_it_goes_on(
    begun: Watched, flux: Flux
) -> None:
    flux.release("bp-cnpg")
    flux.installed("bp-cnpg")
    begun.advance()
    before = dict(begun.seen)
    server = flux.cluster.members()["apiserver"]
    server.send_signal(signal.SIGSTOP)
    try:
        row = begun.advance()
    finally:
        server.send_signal(signal.SIGCONT)
    assert row.state == State.WAITING and row.reason.startswith("Waiting for the cluster:")
    assert "took too long" in row.reason and begun.seen == before

    with kept_dead(flux.cluster.keeper, "kube-apiserver") as killed:

        def looked() -> bool:
            row = begun.advance()
            assert begun.seen == before and row.state == State.WAITING
            return len(killed) > 3 and row.reason.startswith("Waiting for the cluster:")

        until(looked, seconds=60)
    assert begun.view.trouble
    until(flux.answers, seconds=60)
    flux.release("bp-gitea")
    flux.installed("bp-gitea")
    flux.brings("data", "True", "bp-cnpg", "bp-gitea")
    flux.brings("root", "True", stages=("data",))
    assert until(lambda: begun.advance().reason == "Next is tls.", seconds=30)
    assert begun.told("cnpg") == ["installed"]
    assert "degraded" not in begun.told("gitea") and not begun.view.trouble


def test_given_another_authority_in_the_kubeconfig_then_the_cluster_is_never_believed(
    watched: Watched, flux: Flux
) -> None:
    watched.advance()
    document = yaml.safe_load(flux.kubeconfig)
    other = (flux.cluster.state / "tls/client-ca.crt").read_bytes()
    document["clusters"][0]["cluster"]["certificate-authority-data"] = inside(other)
    watched.post_kubeconfig(yaml.safe_dump(document).encode())
    assert "certificate verify failed" in watched.advance().reason
    assert watched.seen == {}


def test_given_a_kubeconfig_that_leads_elsewhere_then_the_phase_fails_and_nobody_is_asked(
    watched: Watched, flux: Flux
) -> None:
    watched.advance()
    elsewhere = flux.kubeconfig.replace(flux.cluster.address.encode(), b"127.0.0.1")
    watched.post_kubeconfig(elsewhere)
    row = watched.advance()
    assert (row.state, row.problem["type"]) == (State.FAILED, "kubeconfig-refused")
    failed = row.runs.get().phases.get(state=PhaseState.FAILED)
    assert failed.phase == "flux-bootstrap"
