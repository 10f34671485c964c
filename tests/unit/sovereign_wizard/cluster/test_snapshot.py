"""What is expected, when Flux has begun, and whether the phase goes on: from objects alone."""

from __future__ import annotations

from typing import Any

from catalyst.work.steps import Done, Fail, Wait
from sovereign_wizard.cluster.snapshot import Snapshot, components, not_begun
from sovereign_wizard.cluster.states import Status
from sovereign_wizard.cluster.verdict import verdict

Json = dict[str, Any]
HELM, KUSTOMIZE = "helm.toolkit.fluxcd.io_HelmRelease", "kustomize.toolkit.fluxcd.io_Kustomization"
SOURCE = {
    "metadata": {"namespace": "flux-system", "name": "sovereign"},
    "status": {
        "artifact": {"revision": "main@sha1:1"},
        "conditions": [{"type": "Ready", "status": "True"}],
    },
}


def thing(name: str, ready: str = "", *brings: str, **status: Any) -> Json:
    """A release, or a Kustomization that brings `brings`; nothing looked at it without `ready`."""
    said: Json = {**status}
    if ready:
        said["conditions"] = [{"type": "Ready", "status": ready, "message": f"{name} says so"}]
        said["observedGeneration"] = 1
    if brings:
        said |= {"inventory": {"entries": [{"id": f"flux-system_{one}"} for one in brings]}}
        said["lastAppliedRevision"] = "main@sha1:1"
    spec = {"sourceRef": {"kind": "GitRepository", "name": "sovereign"}}
    names = {"namespace": "flux-system", "name": name, "generation": 1}
    return {"metadata": names, "spec": spec, "status": said}


def snapshot(stages: list[Json], releases: list[Json], source: Json = SOURCE) -> Snapshot:
    return Snapshot((("GitRepository", source),), tuple(stages), tuple(releases))


def test_w20_given_what_git_brought_then_it_is_expected_and_absent_is_pending() -> None:
    stages = [thing("data", "True", f"bp-gitea_{HELM}", f"bp-keycloak_{HELM}", "cm__ConfigMap")]
    seen = components(snapshot(stages, [thing("bp-gitea", "True"), thing("bp-more", "True")]))
    assert {one.id: one.status for one in seen} == {
        "data": Status.INSTALLED,
        "gitea": Status.INSTALLED,
        "keycloak": Status.PENDING,
        "more": Status.INSTALLED,
    }
    assert isinstance(verdict(seen), Wait)


def test_given_a_stage_that_has_not_applied_yet_then_ready_releases_are_not_enough() -> None:
    stages = [
        thing("root", "Unknown", f"platform_{KUSTOMIZE}", f"data_{KUSTOMIZE}"),
        thing("platform", "True", f"bp-cnpg_{HELM}"),
    ]
    seen = components(snapshot(stages, [thing("bp-cnpg", "True")]))
    assert {one.id for one in seen if one.status != Status.INSTALLED} == {"root", "data"}
    outcome = verdict(seen)
    assert isinstance(outcome, Wait) and outcome.reason.startswith("1 of the 1 components")


def test_given_everything_installed_then_done_and_given_nothing_then_not() -> None:
    stages = [thing("data", "True", f"bp-gitea_{HELM}")]
    outcome = verdict(components(snapshot(stages, [thing("bp-gitea", "True")])))
    assert outcome == Done({"components": {"installed": ["gitea"], "stages": ["data"]}})
    assert isinstance(verdict(()), Wait)
    assert isinstance(verdict(components(snapshot([], [thing("bp-gitea", "True")]))), Wait)


def test_given_a_stalled_release_then_it_fails_with_what_flux_said() -> None:
    gone = thing("bp-gitea", "False")
    stalled = {"type": "Stalled", "status": "True", "message": "timed out: gitea-0"}
    gone["status"]["conditions"].append(stalled)
    outcome = verdict(components(snapshot([thing("data", "Unknown")], [gone])))
    assert isinstance(outcome, Fail) and outcome.retryable
    assert outcome.problem.detail == "gitea: timed out: gitea-0."
    assert outcome.problem.extra == {"components": ["gitea"]}


def test_w5_given_how_far_flux_is_then_what_is_missing_is_said() -> None:
    no_artifact = {
        **SOURCE,
        "status": {
            "conditions": [{"type": "Ready", "status": "False", "message": "no such branch"}]
        },
    }
    root = thing("root", "Unknown", f"data_{KUSTOMIZE}")
    assert "what to install" in not_begun(snapshot([], []))
    assert "no such branch" in not_begun(snapshot([root], [], no_artifact))
    assert "root has not been applied yet" in not_begun(snapshot([thing("root", "Unknown")], []))
    assert "data is not there" in not_begun(snapshot([root], []))
    assert "data has not been applied" in not_begun(snapshot([root, thing("data")], []))
    # A stage that waits for another has been looked at: that is all there is to wait for here.
    assert not_begun(snapshot([root, thing("data", "False")], [])) == ""
