"""What a Pod is promised: Services and names, what it is given, probes, Jobs, volumes, marks."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.integration.internet.running import until
from tests.integration.localcloud.cluster.running import (
    ECHO,
    PROBE,
    SHELL,
    Space,
    ask,
    config_map,
    deployment,
    job,
    send,
    service,
)

pytestmark = pytest.mark.xdist_group("cluster")


def test_given_two_replicas_when_asked_by_name_then_both_answer(space: Space) -> None:
    space.apply(
        deployment("web", {"readinessProbe": PROBE}, replicas=2),
        service("web", type="NodePort"),
        service("apart", clusterIP="None", selector={"app": "web"}),
    )
    space.rolled_out("deployment/web")
    # Ready, and told so to those who pass connections on.
    listed = ("get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o")
    ready = ("jsonpath={.items[*].endpoints[*].conditions.ready}",)
    until(lambda: space.kubectl(*listed, *ready).split() == ["true", "true"])
    names = {pod["metadata"]["name"] for pod in space.pods("web")}
    full = f"web.{space.name}.svc.cluster.local"
    fetch = f"python3 -c \"import urllib.request as u; print(u.urlopen('http://{full}').read())\""
    look = "python3 -c \"import socket; print(len(set(socket.getaddrinfo('apart', 80))))\""
    said = space.job_said("ask", f"for i in 1 2 3 4; do {fetch}; done; getent hosts web; {look}")
    assert all(said.count(f'"host": "{name}"') == 2 for name in names)
    # From outside: the node port on the machine's own address.
    told = json.loads(space.kubectl("get", "service", "web", "-o", "json"))["spec"]
    assert f"{told['clusterIP']} " in said
    port = told["ports"][0]["nodePort"]
    with urllib.request.urlopen(f"http://{space.cluster.address}:{port}/", timeout=5) as answer:
        assert json.load(answer)["host"] in names


def test_given_a_service_account_then_its_pod_may_ask_the_api(space: Space) -> None:
    script = """python3 -c '
import os, ssl, urllib.request
folder = "/var/run/secrets/kubernetes.io/serviceaccount/"
trust = ssl.create_default_context(cafile=folder + "ca.crt")
path = "/api/v1/namespaces/" + open(folder + "namespace").read()
request = urllib.request.Request("https://kubernetes.default.svc" + path)
request.add_header("Authorization", "Bearer " + open(folder + "token").read())
try:
    urllib.request.urlopen(request, context=trust)
except urllib.error.HTTPError as error:
    print(error.code, error.read())
'"""
    said = space.job_said("api", script)
    # It is known by its own name, and may do nothing yet.
    assert said.startswith("403")
    assert f"system:serviceaccount:{space.name}:default" in said


def test_given_all_a_pod_can_be_given_then_its_program_finds_it(space: Space) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key"},
        "stringData": {"password": "s3cret"},
    }
    env = [
        {"name": "PLAIN", "value": "one"},
        {"name": "BUILT", "value": "$(PLAIN)-$(NOT_THERE)-$$(PLAIN)"},
        {
            "name": "PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": "key", "key": "password"}},
        },
        {"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "LABEL", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
    ]
    mounts = [
        {"name": "key", "mountPath": "/etc/test/key"},
        {"name": "settings", "mountPath": "/etc/test/one.conf", "subPath": "one.conf"},
        {"name": "shared", "mountPath": "/srv/shared"},
    ]
    files = ["/etc/test/key/password", "/etc/test/one.conf", "/srv/shared/made"]
    init = {
        "name": "first",
        "image": SHELL,
        "args": ["echo made > /srv/shared/made; if touch /etc/test/key/x; then exit 1; fi"],
        "volumeMounts": mounts,
    }
    space.apply(
        secret,
        config_map("settings", **{"one.conf": "a = 1"}),
        deployment(
            "full",
            {
                "env": env,
                "envFrom": [{"configMapRef": {"name": "settings"}, "prefix": "X_"}],
                "args": [*files, "$(PLAIN)"],
                "volumeMounts": mounts,
                "readinessProbe": PROBE,
            },
            initContainers=[init],
            volumes=[
                {"name": "key", "secret": {"secretName": "key"}},
                {"name": "settings", "configMap": {"name": "settings"}},
                {"name": "shared", "emptyDir": {}},
            ],
        ),
    )
    space.rolled_out("deployment/full")
    pod = space.pod("full")
    said = ask(pod)
    given = said["env"]
    assert (given["PLAIN"], given["FROM_IMAGE"], given["X_one.conf"]) == ("one", "yes", "a = 1")
    assert given["BUILT"] == "one-$(NOT_THERE)-$(PLAIN)"
    assert (given["PASSWORD"], given["LABEL"]) == ("s3cret", "full")
    assert given["ADDRESS"] == pod["status"]["podIP"]
    assert said["files"] == dict(zip(files, ["s3cret", "a = 1", "made\n"], strict=True))


def test_given_a_config_map_when_it_changes_and_rolls_out_then_the_new_one_is_used(
    space: Space,
) -> None:
    container = {
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "readinessProbe": PROBE,
    }
    space.apply(config_map("settings", COLOUR="red"), deployment("paint", container))
    space.rolled_out("deployment/paint")
    assert ask(space.pod("paint"))["env"]["COLOUR"] == "red"
    space.apply(config_map("settings", COLOUR="blue"))
    space.kubectl("rollout", "restart", "deployment/paint")
    space.rolled_out("deployment/paint")
    assert ask(space.pod("paint"))["env"]["COLOUR"] == "blue"


def test_given_a_liveness_probe_when_it_fails_then_the_container_is_restarted(
    space: Space,
) -> None:
    space.apply(
        deployment(
            "frail",
            {
                "startupProbe": PROBE | {"failureThreshold": 30},
                "livenessProbe": PROBE,
                "readinessProbe": PROBE,
            },
        )
    )
    space.rolled_out("deployment/frail")
    send(space.pod("frail"), "POST", "/sick")

    def restarted() -> bool:
        (status,) = space.pod("frail")["status"]["containerStatuses"]
        return status["restartCount"] == 1 and status["ready"]

    until(restarted, seconds=20)
    assert "liveness" in space.kubectl("get", "events")


def test_given_an_image_that_is_not_listed_then_its_pod_is_marked(space: Space) -> None:
    space.apply(deployment("far", {"image": "docker.io/library/nginx:1.27"}))
    space.rolled_out("deployment/far")
    pod = space.pod("far")
    assert pod["status"]["phase"] == "Running"
    assert pod["metadata"]["annotations"]["catalyst.openova.io/simulated"] == "true"
    words = "no program for image docker.io/library/nginx:1.27"
    assert words in space.kubectl("get", "events")
    assert words in pod["metadata"]["annotations"]["catalyst.openova.io/simulated-because"]
    assert words in space.kubectl("logs", "deployment/far")
    space.apply(deployment("near", {}))
    space.rolled_out("deployment/near")
    assert "annotations" not in space.pod("near")["metadata"]


def test_given_a_job_that_fails_then_it_is_told_so(space: Space) -> None:
    space.apply(job("bad", "echo trying; exit 3"))
    space.kubectl("wait", "--for=condition=Failed", "job/bad", "--timeout=40s")
    told = json.loads(space.kubectl("get", "pods", "-l", "job-name=bad", "-o", "json"))
    (status,) = told["items"][0]["status"]["containerStatuses"]
    assert status["state"]["terminated"]["exitCode"] == 3


def test_given_a_claim_when_its_pod_is_replaced_then_the_data_is_still_there(
    space: Space,
) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    container = {
        "args": ["/data/kept", "/data/farewell"],
        "env": [{"name": "FAREWELL", "value": "/data/farewell"}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        "readinessProbe": PROBE,
    }
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    space.apply(
        claim, deployment("store", container, volumes=volumes, strategy={"type": "Recreate"})
    )
    space.rolled_out("deployment/store")
    send(space.pod("store"), "PUT", "/file?path=/data/kept", b"for long")
    space.kubectl("rollout", "restart", "deployment/store")
    space.rolled_out("deployment/store")
    # It was asked to end and not just killed.
    files = ask(space.pod("store"))["files"]
    assert files == {"/data/kept": "for long", "/data/farewell": "ended well"}
    assert ECHO in space.kubectl("get", "pods", "-o", "jsonpath={..image}")
