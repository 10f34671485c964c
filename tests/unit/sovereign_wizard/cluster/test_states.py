"""The table of states: what Flux says of a release or a stage, and what we make of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sovereign_wizard.cluster.states import Kind, Status, release, stage

Json = dict[str, Any]
WHEN = "2026-11-25T20:00:00Z"
FAILURES = ("InstallFailed", "UpgradeFailed", "ArtifactFailed", "HealthCheckFailed", "BuildFailed")


def condition(kind: str, status: str, reason: str = "", message: str = "", about: int = 1) -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason or "Reason",
        "message": message,
        "lastTransitionTime": WHEN,
        "observedGeneration": about,
    }


def document(*conditions: Json, generation: int = 1, observed: int = 1, **spec: Any) -> Json:
    return {
        "metadata": {"namespace": "flux-system", "name": "bp-gitea", "generation": generation},
        "spec": spec,
        "status": {"observedGeneration": observed, "conditions": list(conditions)},
    }


@pytest.mark.parametrize(
    ("ready", "status"),
    [
        (("True", "InstallSucceeded", ""), Status.INSTALLED),
        (("Unknown", "Progressing", ""), Status.INSTALLING),
        (("False", "DependencyNotReady", ""), Status.PENDING),
        (("False", "Other", "dependency 'flux-system/bp-cnpg' is not ready"), Status.PENDING),
        (("False", "Progressing", ""), Status.INSTALLING),
        (("False", "SourceNotReady", ""), Status.INSTALLING),
        (("False", "RetriesExceeded", ""), Status.FAILED),
        *[(("False", reason, "no"), Status.DEGRADED) for reason in FAILURES],
    ],
)
def test_w19_given_what_ready_says_then_the_table_decides(
    ready: tuple[str, str, str], status: Status
) -> None:
    assert release(document(condition("Ready", *ready))).status == status


def test_given_a_release_then_its_names_times_and_needs_are_read() -> None:
    seen = release(
        document(
            condition("Ready", "False", "InstallFailed", "timed out"),
            dependsOn=[{"name": "bp-cnpg"}, {"name": "other", "namespace": "x"}],
        )
    )
    assert (seen.kind, seen.id, seen.name) == (Kind.RELEASE, "gitea", "bp-gitea")
    assert (seen.message, seen.depends_on) == ("timed out", ("cnpg", "other"))
    assert seen.transition_at is not None and seen.transition_at.isoformat() == (
        "2026-11-25T20:00:00+00:00"
    )


def test_given_nothing_said_or_suspended_or_going_then_it_is_never_ready() -> None:
    ready = condition("Ready", "True")
    assert release({**document(), "status": {}}).status == Status.PENDING
    suspended = release(document(ready, suspend=True))
    assert suspended.status == Status.SUSPENDED and "suspended" in suspended.message
    going = document(ready)
    going["metadata"]["deletionTimestamp"] = WHEN
    assert release(going).status == Status.PENDING


def test_w20_given_a_stage_ready_with_an_older_revision_then_it_is_not_installed() -> None:
    offered = {("GitRepository", "flux-system", "sovereign"): "main@sha1:2"}
    source = {"kind": "GitRepository", "name": "sovereign"}
    said = document(condition("Ready", "True", message="Applied"), sourceRef=source)
    said["status"]["lastAppliedRevision"] = "main@sha1:1"
    assert stage(said, offered).status == Status.INSTALLING
    said["status"]["lastAppliedRevision"] = "main@sha1:2"
    assert stage(said, offered).status == Status.INSTALLED


statuses = st.sampled_from(["True", "False", "Unknown"])
generations = st.integers(1, 3)
readys = st.builds(
    condition,
    st.just("Ready"),
    statuses,
    st.sampled_from([*FAILURES, "Progressing", "RetriesExceeded", "DependencyNotReady", "New"]),
    st.sampled_from(["", "dependency 'a/b' is not ready", "timed out"]),
    generations,
)
stalleds = st.builds(condition, st.just("Stalled"), statuses, about=generations)


@given(
    ready=st.none() | readys,
    stalled=st.none() | stalleds,
    generation=generations,
    observed=st.sampled_from([-1, 1, 2, 3]),
    suspend=st.booleans(),
)
def test_given_anything_flux_may_say_then_only_its_own_last_word_ends_the_watch(
    ready: Json | None, stalled: Json | None, generation: int, observed: int, suspend: bool
) -> None:
    said = [one for one in (stalled, ready) if one]
    seen = release(document(*said, generation=generation, observed=observed, suspend=suspend))

    given_up = stalled and stalled["status"] == "True" and stalled["observedGeneration"]
    current = ready and ready["observedGeneration"] >= generation
    exhausted = (
        current and ready and (ready["status"], ready["reason"]) == ("False", "RetriesExceeded")
    )
    stopped = bool(given_up and given_up >= generation)
    good = bool(current and ready and ready["status"] == "True" and observed >= generation)

    # Failed: Flux has given up on this very version. Installed: it says so of this very version.
    assert (seen.status == Status.FAILED) == (not suspend and (stopped or bool(exhausted)))
    assert (seen.status == Status.INSTALLED) == (not suspend and not stopped and good)
    assert (seen.status == Status.SUSPENDED) == suspend
    assert seen.message or ready
