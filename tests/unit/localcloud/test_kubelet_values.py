"""What a Pod's words mean: images, references to variables, fields, and the phase it is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.localcloud.machines import cluster_machine
from infra.localcloud.machines.kubelet import status
from infra.localcloud.machines.kubelet.environment import expand
from infra.localcloud.machines.kubelet.images import Images, Program
from infra.localcloud.machines.kubelet.objects import field, resource
from infra.localcloud.machines.kubelet.status import ContainerState

LISTED = """
[images."ghcr.io/openova-io/catalyst"]
cmd = ["{place}/run"]
[images."registry:5000/tool:1"]
entrypoint = ["tool"]
"""


@pytest.mark.parametrize(
    ("image", "listed"),
    [
        ("ghcr.io/openova-io/catalyst:1.2.3", True),
        ("ghcr.io/openova-io/catalyst@sha256:ab", True),
        ("registry:5000/tool:1", True),
        ("registry:5000/tool:2", False),
        ("docker.io/openova-io/catalyst:1.2.3", False),
    ],
)
def test_given_an_image_then_it_is_found_by_its_whole_name_only(
    tmp_path: Path, image: str, listed: bool
) -> None:
    file = tmp_path / "images.toml"
    file.write_text(LISTED)
    assert bool(Images([file], {"place": "/opt"}).find(image)) is listed


def test_given_the_images_of_the_house_then_they_are_all_well_written() -> None:
    file = cluster_machine.IMAGES
    places = {name: f"/{name}" for name in ("python", "python_bin", "python_home", "app_dir")}
    assert Images([file], places).find("ghcr.io/openova-io/catalyst:1.0.0")


@pytest.mark.parametrize(
    ("command", "args", "argv"),
    [
        ([], [], ["in", "default"]),
        ([], ["x"], ["in", "x"]),
        (["mine"], [], ["mine"]),
        (["mine"], ["x"], ["mine", "x"]),
    ],
)
def test_given_command_and_args_then_they_replace_what_kubernetes_says(
    command: list[str], args: list[str], argv: list[str]
) -> None:
    assert Program(entrypoint=("in",), cmd=("default",)).argv(command, args) == argv


def test_given_references_then_only_known_ones_are_replaced() -> None:
    assert expand("$(A)-$(B)-$$(A)-$A", {"A": "1"}) == "1-$(B)-$(A)-$A"


def test_given_fields_then_they_are_read_from_the_pod() -> None:
    pod = {
        "metadata": {"name": "n", "namespace": "s", "uid": "u", "labels": {"a/b": "c"}},
        "spec": {},
        "status": {"podIP": "10.42.0.9"},
    }
    assert field(pod, "metadata.labels['a/b']") == "c"
    assert field(pod, "metadata.labels") == 'a/b="c"'
    assert field(pod, "status.podIP") == "10.42.0.9"
    container = {"resources": {"limits": {"memory": "64Mi", "cpu": "1500m"}}}
    assert resource(container, "limits.memory") == str(64 * 2**20)
    assert resource(container, "limits.cpu") == "2"


def ended(code: int, *, finished: bool = True) -> ContainerState:
    made = ContainerState("main", "image", state="terminated", exit_code=code)
    made.finished = finished
    return made


def running() -> ContainerState:
    return ContainerState("main", "image", state="running")


@pytest.mark.parametrize(
    ("inits", "mains", "phase"),
    [
        ([], [ContainerState("main", "image")], "Pending"),
        ([running()], [ContainerState("main", "image")], "Pending"),
        ([ended(1)], [ContainerState("main", "image")], "Failed"),
        ([ended(0)], [running()], "Running"),
        ([], [ended(1, finished=False)], "Running"),
        ([], [ended(0), running()], "Running"),
        ([], [ended(0), ended(0)], "Succeeded"),
        ([], [ended(0), ended(2)], "Failed"),
    ],
)
def test_given_states_of_containers_then_the_phase_follows(
    inits: list[ContainerState], mains: list[ContainerState], phase: str
) -> None:
    assert status.phase(inits, mains) == phase


def test_given_a_container_that_never_ran_when_it_ended_then_its_times_are_ones_the_api_takes() -> (
    None
):
    """An empty `startedAt` is refused, and the Pod would stay for ever."""
    never = ContainerState("main", "image", state="terminated", exit_code=137, ended="2026-01-01")
    assert never.report("uid")["state"]["terminated"]["startedAt"] == "2026-01-01"


def test_given_a_pod_started_again_then_its_new_address_stands_in_the_place_of_the_old() -> None:
    """A patch merges addresses, and the API refuses a Pod with two of one family."""
    pod = {"metadata": {"uid": "uid"}}
    places = {"address": "10.42.0.9", "node_address": "198.51.100.20"}
    told = status.report(pod, inits=[], mains=[running()], began="2026-01-01", **places)
    assert told["podIPs"] == [{"$patch": "replace"}, {"ip": "10.42.0.9"}]
