"""A release refuses what must not go out, before it goes out, and signs what does by its digest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.check.charts import NO_UPSTREAM
from infra.release import __main__ as command
from infra.release import due, guards, publish
from infra.release.programs import ReleaseRefused
from tests.infra_check.release_world import World, world

__all__ = ["world"]
REGISTRY = "ghcr.io/openova-io"


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    path = tmp_path / "workshop"
    path.mkdir()
    return path


def test_given_a_sound_chart_when_published_then_it_is_pushed_read_back_signed_and_listed(
    world: World, workshop: Path
) -> None:
    done = publish.publish(world.chart(), workshop, registry=REGISTRY)
    held = world.path / "registry" / "bp-thing-1.0.0.tgz"
    assert done.reference == f"{REGISTRY}/bp-thing@sha256:{guards.digest(held)}"
    assert [" ".join(asked[:2]) for asked in world.asked] == [
        "helm dependency", "helm lint", "helm package", "helm template", "helm show", "helm push",
        "helm pull", "cosign sign", "syft scan", "cosign attest",
    ]  # fmt: skip
    assert world.did("cosign", "sign", "--yes", done.reference)
    assert world.asked[-1][-1] == done.reference
    assert json.loads(done.sbom.read_text())["spdxVersion"] == "SPDX-2.3"


def test_fault_16_given_a_published_version_when_published_again_then_nothing_is_pushed(
    world: World, workshop: Path
) -> None:
    chart = world.chart()
    publish.publish(chart, workshop, registry=REGISTRY)
    (world.path / "asked").unlink()
    (workshop / "again").mkdir()
    with pytest.raises(ReleaseRefused, match="a version never changes"):
        publish.publish(chart, workshop / "again", registry=REGISTRY)
    assert not world.did("helm", "push") and not world.did("cosign")


def test_given_a_registry_without_an_answer_when_published_then_it_is_not_taken_for_absent(
    world: World, workshop: Path
) -> None:
    world.mood(fails=[["helm", "show"]], says="denied: try again later")
    with pytest.raises(ReleaseRefused, match="is not known: denied"):
        publish.publish(world.chart(), workshop, registry=REGISTRY)
    assert not world.did("helm", "push")


def test_fault_13_given_a_chart_whose_dependency_is_missing_when_checked_then_guard_1_refuses(
    world: World, workshop: Path
) -> None:
    world.mood(hollow=True)
    with pytest.raises(ReleaseRefused, match=r"charts/ has no upstream 2\.0\.0"):
        publish.check(world.chart(), workshop)
    assert not world.did("helm", "package")


def test_given_a_chart_of_nothing_when_checked_then_it_needs_the_word_that_it_is_all_ours(
    world: World, workshop: Path
) -> None:
    with pytest.raises(ReleaseRefused, match="a hollow chart"):
        publish.check(world.chart(dependencies=[]), workshop)
    (workshop / "ours").mkdir()
    ours = world.chart("ours", dependencies=[], annotations={NO_UPSTREAM: "true"})
    assert publish.check(ours, workshop / "ours").name == "bp-ours-1.0.0.tgz"


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        ({"left_out": ["charts/upstream/Chart.yaml"]}, r"lacks upstream 2\.0\.0"),
        # Fault 14: the Blueprint was not in the artifact.
        ({"left_out": ["blueprint.yaml"]}, "lacks blueprint.yaml"),
        ({"stub": True}, "a stand-in of ours"),
        ({"lines": 3}, "render 3 lines"),
        ({"fails": [["helm", "lint"]], "says": "icon is missing"}, "icon is missing"),
    ],
)
def test_fault_14_given_an_unsound_archive_when_published_then_guard_2_refuses_before_a_push(
    world: World, workshop: Path, mood: dict[str, object], words: str
) -> None:
    world.mood(**mood)
    with pytest.raises(ReleaseRefused, match=words):
        publish.publish(world.chart(), workshop, registry=REGISTRY)
    assert not world.did("helm", "push")


def test_given_a_registry_that_gives_back_another_when_published_then_guard_3_leaves_it_unsigned(
    world: World, workshop: Path
) -> None:
    world.mood(swapped=True)
    with pytest.raises(ReleaseRefused, match="gave back another"):
        publish.publish(world.chart(), workshop, registry=REGISTRY)
    assert not world.did("cosign")


@pytest.mark.parametrize("broken", [["cosign", "sign"], ["syft"], ["cosign", "attest"]])
def test_fault_16_given_a_signature_or_list_that_fails_when_published_then_the_release_fails(
    world: World, workshop: Path, broken: list[str]
) -> None:
    world.mood(fails=[broken], says="no identity")
    with pytest.raises(ReleaseRefused, match="no identity"):
        publish.publish(world.chart(), workshop, registry=REGISTRY)


def test_given_a_release_when_done_then_the_chart_s_own_folder_is_as_it_was(
    world: World, workshop: Path
) -> None:
    chart = world.chart()
    before = sorted(chart.path.rglob("*"))
    publish.check(chart, workshop)
    assert sorted(chart.path.rglob("*")) == before


def test_fault_16_given_several_commits_since_the_last_release_when_looked_at_then_all_are_due(
    world: World,
) -> None:
    charts = [world.chart("one"), world.chart("two"), world.chart("three")]
    world.commit()
    world.git("tag", "bp-one/1.0.0")
    world.commit()
    world.commit()
    found = due.find(charts, world.repository)
    assert found == due.Due(["two", "three"], [])


def test_fault_16_given_a_changed_chart_of_a_published_version_when_looked_at_then_it_is_a_fault(
    world: World,
) -> None:
    chart = world.chart()
    world.commit()
    world.git("tag", due.tag(chart))
    (chart.path / "values.yaml").write_text("replicas: 2\n")
    world.commit()
    (fault,) = due.find([chart], world.repository).faults
    assert "infra/charts/thing/values.yaml is another now: give it a new version" in fault
    bumped = world.chart(version="1.0.1")
    assert due.find([bumped], world.repository) == due.Due(["thing"], [])


def test_given_the_command_when_run_then_the_workflow_gets_a_matrix_and_a_reference(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.chart()
    world.commit()
    output = world.path / "output"
    monkeypatch.setenv("GITHUB_OUTPUT", str(output))
    charts = ["--charts", str(world.charts)]
    assert command.main([*charts, "due"]) == 0
    assert command.main([*charts, "publish", "thing", "--sbom-to", str(world.path / "sbom")]) == 0
    said = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert json.loads(said["folders"]) == ["thing"]
    assert said["reference"].startswith(f"{REGISTRY}/bp-thing@sha256:")
    assert said["tag"] == "bp-thing/1.0.0"
    assert (world.path / "sbom" / "bp-thing-1.0.0.spdx.json").is_file()


def test_given_a_refused_chart_when_the_command_runs_then_it_says_why_and_fails(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.mood(hollow=True)
    world.chart()
    assert command.main(["--charts", str(world.charts), "check", "thing"]) == 1
    assert capsys.readouterr().err.startswith("refused: charts/ has no upstream")
