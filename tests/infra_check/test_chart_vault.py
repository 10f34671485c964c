"""The chart with OpenBao as keeper of the vault's key: who is whom there, who has which file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from infra.check import render
from infra.check.render import Rendered
from tests.infra_check.conftest import Kit
from tests.infra_check.test_product_chart import FOLDER, environment_of

ADDRESS = "https://openbao.openbao.svc.cluster.local:8200"


def secret_id_of(rendered: Rendered, kind: str, name: str) -> tuple[str, str]:
    """The role its main container says, and the Secret that lies where that looks for the id."""
    document = rendered.one(kind, name)
    (container,) = document.containers(init=False)
    template = document.pod_template()
    assert template is not None
    env = environment_of(rendered, container)
    own = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    env |= own
    file = PurePosixPath(env["CATALYST_OPENBAO_SECRET_ID_FILE"])
    mounts = {mount["mountPath"]: mount for mount in container["volumeMounts"]}
    held = ""
    if str(file.parent) in mounts:
        mount = mounts[str(file.parent)]
        assert mount["readOnly"] is True
        volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
        secret = volumes[mount["name"]]["secret"]
        assert [item["path"] for item in secret["items"]] == [file.name]
        assert secret["defaultMode"] == 0o440
        held = secret["secretName"]
    return env["CATALYST_OPENBAO_ROLE_ID"], held


def test_given_openbao_when_rendered_then_web_and_worker_are_each_their_own_and_no_other_has_any(
    kit: Kit,
) -> None:
    rendered = kit.rendered(FOLDER, "openbao")
    settings = rendered.one("ConfigMap", "catalyst-settings").body["data"]
    assert (settings["CATALYST_VAULT"], settings["CATALYST_OPENBAO_ADDRESS"]) == (
        "openbao",
        ADDRESS,
    )
    found = {
        document.name: secret_id_of(rendered, document.kind, document.name)
        for document in rendered.own()
        if list(document.containers(init=False))
    }
    assert found.pop("catalyst-web") == ("catalyst-web", "openbao-catalyst-web")
    assert found.pop("catalyst-worker") == ("catalyst-worker", "openbao-catalyst-worker")
    assert found and set(found.values()) == {("none", "")}, found


def test_given_openbao_when_rendered_then_its_port_is_open_and_only_in_its_namespace(
    kit: Kit,
) -> None:
    def rules(values: str) -> list[Any]:
        policy = kit.rendered(FOLDER, values).one("NetworkPolicy", "catalyst")
        return [rule for rule in policy.spec["egress"] if {"port": 8200} in rule["ports"]]

    (rule,) = rules("openbao")
    (peer,) = rule["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "openbao"}
    assert rules("defaults") == []


def test_given_our_own_key_when_rendered_then_nothing_speaks_of_openbao(kit: Kit) -> None:
    rendered = kit.rendered(FOLDER)
    assert "openbao" not in str([document.body for document in rendered.own()]).lower()


@pytest.mark.parametrize(
    "vault",
    [
        {"keeper": "openbao"},
        {"keeper": "openbao", "openbao": {"address": "http://openbao:8200"}},
        {"keeper": "somebody"},
        {"keeper": "openbao", "openbao": {"address": ADDRESS, "web": {"roleId": ""}}},
        {"keeper": "openbao", "openbao": {"address": ADDRESS, "secretId": "in the open"}},
    ],
    ids=["no address", "no TLS", "nobody", "no role", "a secret in values"],
)
def test_given_a_vault_that_cannot_work_when_rendered_then_the_schema_refuses_it(
    kit: Kit, vault: dict[str, Any]
) -> None:
    with pytest.raises(render.HelmRefused, match="meet the specifications"):
        kit.template(FOLDER, settings={"vault": vault})
