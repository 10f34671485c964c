"""What a container's settings refer to, as whom it runs, what it may write, and UDP Services."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.releases import address_of
from tests.integration.localcloud.cluster.running import (
    PROBE,
    SHELL,
    Space,
    ask,
    config_map,
    deployment,
    job,
    send,
    service,
    sleepers,
)

ROOT = Path(__file__).resolve().parents[4]

pytestmark = pytest.mark.xdist_group("cluster")
FAR = "docker.io/library/nginx:1.27"
UDP_ECHO = """exec python -c '
import os, socket
here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
here.bind(("0.0.0.0", 5300))
while True:
    said, who = here.recvfrom(65535)
    here.sendto(os.uname().nodename.encode() + b" " + said, who)
'"""


@pytest.mark.parametrize("image", [SHELL, FAR])
def test_given_a_secret_that_is_missing_then_the_container_waits_and_says_for_what(
    space: Space, image: str
) -> None:
    """Also one whose image has no program here: it would not start anywhere."""
    key = {"secretKeyRef": {"name": "later", "key": "word"}}
    container = {"image": image, "args": ["exec sleep infinity"]}
    space.apply(deployment("app", container | {"env": [{"name": "W", "valueFrom": key}]}))
    until(lambda: waiting(space).get("reason") == "CreateContainerConfigError", seconds=30)
    assert "'later'" in waiting(space)["message"]
    space.apply(secret("later", other="x"))
    until(lambda: "no key 'word'" in waiting(space).get("message", ""), seconds=30)
    space.apply(secret("later", word="now"))
    space.rolled_out("deployment/app")


def test_given_a_user_and_a_group_then_the_container_runs_and_writes_as_them(
    space: Space,
) -> None:
    script = """
id -u; id -g; id -G; grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status
echo mine > /data/file && stat -c '%u %g' /data/file
stat -c '%g %a' /etc/test/word
touch /etc/other 2>&1 || echo sealed
touch /srv/other 2>&1 || echo sealed
awk -F: '$3 == 4242' /etc/passwd | cut -d: -f3
"""
    space.apply(secret("key", word="s3cret"))
    wanted = job("who", script)
    spec = wanted["spec"]["template"]["spec"]
    spec["securityContext"] = {"runAsUser": 4242, "runAsGroup": 4243, "fsGroup": 4244}
    spec["volumes"] = [
        {"name": "data", "emptyDir": {}},
        {"name": "key", "secret": {"secretName": "key", "defaultMode": 0o400}},
    ]
    spec["containers"][0] |= {
        "securityContext": {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "data", "mountPath": "/data"},
            {"name": "key", "mountPath": "/etc/test"},
        ],
    }
    space.apply(wanted)
    space.kubectl("wait", "--for=condition=Complete", "job/who", "--timeout=40s")
    said = space.kubectl("logs", "job/who").splitlines()
    assert said[:3] == ["4242", "4243", "4243 4244"]
    # It may read what its program is made of, wherever that lies, and nothing else more.
    assert said[3].split() == ["CapEff:", "0000000000000004"]
    assert said[4].split() == ["NoNewPrivs:", "1"]
    assert said[5:7] == ["4242 4244", "4244 440"]
    assert sum(line == "sealed" for line in said) == 2
    assert said[-1] == "4242"


def test_given_a_volume_above_what_programs_are_made_of_then_they_are_found_all_the_same(
    space: Space,
) -> None:
    script = f"""
touch {ROOT.parent}/mine && [ "$(ls {ROOT.parent})" = "$(printf '%s\\n' {ROOT.name} mine | sort)" ]
test -f {ROOT}/manage.py && ! touch {ROOT}/mine
"""
    wanted = job("look", script)
    spec = wanted["spec"]["template"]["spec"]
    spec["volumes"] = [{"name": "above", "emptyDir": {}}]
    spec["containers"][0]["volumeMounts"] = [{"name": "above", "mountPath": str(ROOT.parent)}]
    space.apply(wanted)
    space.kubectl("wait", "--for=condition=Complete", "job/look", "--timeout=40s")


def test_given_a_claim_when_its_pod_has_a_group_then_what_was_there_is_the_groups(
    space: Space,
) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
    space.apply(claim)
    for name, script, context in (
        ("root", "mkdir /data/in && echo one > /data/in/file", {}),
        (
            "user",
            "echo two >> /data/in/file && cat /data/in/file",
            {"runAsUser": 4242, "fsGroup": 77},
        ),
    ):
        wanted = job(name, script)
        spec = wanted["spec"]["template"]["spec"]
        spec["securityContext"] = context
        spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
        spec["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        space.apply(wanted)
        space.kubectl("wait", "--for=condition=Complete", f"job/{name}", "--timeout=40s")
    assert space.kubectl("logs", "job/user").split() == ["one", "two"]


def test_given_services_and_hooks_then_a_container_finds_what_kubernetes_gives(
    space: Space,
) -> None:
    space.apply(service("near-by"))
    resources = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}}
    # The file of the one that ran before is in a folder of its name.
    hook = {"exec": {"command": ["/bin/sh", "-c", "echo begun > /data/begun"]}}
    container = {
        "args": ["/data/begun"],
        "env": [
            {"name": "APP", "value": "app-of-this"},
            {"name": "BACK", "value": "$(NEAR_BY_SERVICE_HOST):1"},
        ],
        "lifecycle": {"postStart": hook},
        "resources": resources,
        "readinessProbe": PROBE,
        "volumeMounts": [{"name": "data", "mountPath": "/data", "subPathExpr": "$(APP)"}],
    }
    space.apply(deployment("app", container, volumes=[{"name": "data", "emptyDir": {}}]))
    space.rolled_out("deployment/app")
    pod = space.pod("app")
    told, address = ask(pod), address_of(space, "near-by")
    assert told["env"]["NEAR_BY_SERVICE_HOST"] == address
    assert told["env"]["NEAR_BY_PORT"] == f"tcp://{address}:80"
    assert told["env"]["BACK"] == f"{address}:1"
    assert told["files"] == {"/data/begun": "begun\n"}
    (status,) = pod["status"]["containerStatuses"]
    assert status["restartCount"] == 0
    assert status["resources"] == resources
    assert status["allocatedResources"] == resources["requests"]


def test_given_a_start_hook_that_fails_then_the_container_is_not_ready_and_is_restarted(
    space: Space,
) -> None:
    hook = {"exec": {"command": ["/bin/sh", "-c", "exit 3"]}}
    space.apply(deployment("app", {"lifecycle": {"postStart": hook}, "readinessProbe": PROBE}))
    until(lambda: "FailedPostStartHook" in space.kubectl("get", "events"), seconds=30)
    until(lambda: status_of(space).get("restartCount"), seconds=30)
    assert not status_of(space)["ready"]


def test_given_a_key_that_a_volume_does_not_have_then_no_folder_takes_its_place(
    space: Space,
) -> None:
    mount = {"name": "settings", "mountPath": "/etc/test/one", "subPath": "one"}
    container = {"args": ["/etc/test/one"], "volumeMounts": [mount], "readinessProbe": PROBE}
    volumes = [{"name": "settings", "configMap": {"name": "settings"}}]
    space.apply(config_map("settings", two="2"), deployment("app", container, volumes=volumes))
    until(lambda: waiting(space).get("reason") == "CreateContainerConfigError", seconds=30)
    assert "has no one" in waiting(space)["message"]


def test_given_a_service_of_datagrams_then_they_come_and_go_by_its_address(space: Space) -> None:
    container = {"image": SHELL, "args": [UDP_ECHO]}
    ports = [{"name": "talk", "protocol": "UDP", "port": 53, "targetPort": 5300}]
    space.apply(deployment("app", container, replicas=2), service("app", ports=ports))
    space.rolled_out("deployment/app")
    address = address_of(space, "app")
    names = {pod["metadata"]["name"] for pod in space.pods("app")}
    # Clients take turns.
    until(lambda: {name for answers in talk(address, 4) for name in answers} == names, seconds=20)
    # One stays with whom it began.
    assert all(len(set(answers)) == 1 for answers in talk(address, 4))


def test_given_a_moment_or_a_length_when_logs_are_asked_for_then_only_that_much_is_said(
    space: Space,
) -> None:
    space.apply(deployment("app", {"readinessProbe": PROBE}))
    space.rolled_out("deployment/app")
    logs = ("logs", "deployment/app")

    def since(at: datetime) -> str:
        return space.kubectl(*logs, f"--since-time={at.isoformat(timespec='seconds')}")

    send(space.pod("app"), "GET", "/first")
    until(lambda: "/first" in space.kubectl(*logs))
    # It is a second ago at some time.
    later = until(lambda: (at := datetime.now(UTC)) and "/first" not in since(at) and at)
    send(space.pod("app"), "GET", "/second")
    said = until(lambda: (words := since(later)) and "/second" in words and words)
    assert "/first" not in said
    assert all(line.startswith("asked for ") for line in said.splitlines())
    assert "/first" in since(later - timedelta(minutes=1))
    assert space.kubectl(*logs, "--limit-bytes=5") == "servi"


def test_given_a_container_with_a_user_when_its_kubelet_is_killed_then_it_ends_too(
    space: Space,
) -> None:
    """A change of user makes the kernel forget whose child it was to die with."""
    script = "exec sleep 86417"
    wanted = deployment("app", {"image": SHELL, "args": [script]})
    wanted["spec"]["template"]["spec"]["securityContext"] = {"runAsUser": 4242}
    space.apply(wanted)
    space.rolled_out("deployment/app")
    (process,) = until(lambda: sleepers("86417"), seconds=20)
    assert process.uids().real == 4242
    space.cluster.members()["kubelet"].kill()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    # The next kubelet starts it again.
    until(lambda: [each for each in sleepers("86417") if each.pid != process.pid], seconds=40)


def secret(name: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "stringData": data,
    }


def status_of(space: Space) -> dict[str, Any]:
    told = json.loads(space.kubectl("get", "pods", "-l", "app=app", "-o", "json"))
    listed = [each["status"].get("containerStatuses") or [{}] for each in told["items"]]
    return dict(listed[0][0]) if listed else {}


def waiting(space: Space) -> dict[str, Any]:
    return dict((status_of(space).get("state") or {}).get("waiting") or {})


def talk(address: str, clients: int) -> list[list[str]]:
    """Who answered each client's two datagrams; empty while nobody is there."""
    heard = []
    for _ in range(clients):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(2)
            client.connect((address, 53))
            answers = []
            for word in (b"one", b"two"):
                try:
                    client.send(word)
                    name, _, said = client.recv(65535).partition(b" ")
                except OSError:
                    return []
                assert said == word
                answers.append(name.decode())
            heard.append(answers)
    return heard
