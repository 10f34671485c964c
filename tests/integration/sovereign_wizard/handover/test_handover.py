"""What the owner takes away: the archive opens with real tofu, the token's end has a receipt."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from django.conf import settings

from catalyst.audit.models import AuditEvent
from catalyst.identity.models import Role
from catalyst.problem import NotFound
from catalyst.vault import services as vault
from catalyst.vault.secret import Secret
from sovereign_wizard.handover import services, sweep
from sovereign_wizard.tofu import command, environment, runner
from sovereign_wizard.tofu.workdir import private_workdir

pytestmark = pytest.mark.django_db

SMALL = """
terraform {
  backend "pg" {}
}
resource "terraform_data" "sovereign" { input = "hidden value" }
"""


def url(deployment, rest: str = "") -> str:
    return f"/sovereign/deployments/{deployment.pk}/{rest}"


def acts(deployment) -> list[str]:
    events = AuditEvent.objects.filter(object=deployment.subject)
    return list(events.values_list("act", flat=True))


@pytest.fixture
def applied(deployment, tmp_path: Path):
    """A state in PostgreSQL, made by real tofu under the Deployment's passphrase, and copied."""
    config = settings.CATALYST
    module = tmp_path / "module"
    module.mkdir()
    (module / "versions.tf").write_text(SMALL)
    with private_workdir(module=module, variables={}, parent=tmp_path / "w") as workdir:
        built = environment.build(
            workdir=workdir.path,
            cli_config=config.tofurc,
            token=Secret("x" * 64),
            state_dsn=Secret(config.tofu_database_url.get_secret_value()),
            state_passphrase=vault.get(deployment.secrets["state-passphrase"]),
            variables={},
        )
        for wanted in (
            command.init(tofu=config.tofu, schema=f"deployment_{deployment.pk.hex}"),
            command.plan(tofu=config.tofu),
            command.apply(tofu=config.tofu),
        ):
            runner.run(
                wanted,
                environment=built,
                workdir=workdir,
                on_start=lambda who: None,
                on_event=lambda event: None,
                should_stop=lambda: False,
            )
    from sovereign_wizard.provisioning import state_versions

    state_versions.copy(deployment)
    return deployment


def test_given_an_archive_when_opened_as_its_readme_says_then_tofu_reads_the_state(
    applied, owner, tmp_path: Path
) -> None:
    content = services.download_archive(deployment=applied, actor=owner)
    passphrase = services.reveal_passphrase(deployment=applied, actor=owner).reveal()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(tmp_path, filter="data")
    folder = tmp_path / f"{applied.fqdn}-handover"
    versions = json.loads((folder / "versions.json").read_text())

    assert passphrase.encode() not in content and b"hidden value" not in content
    for name, digest in versions["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert versions["opentofu"] and versions["providers"]["hetznercloud/hcloud"]
    module = folder / "infra" / "hetzner"
    assert (module / "servers.tf").is_file()

    (module / "local_override.tf").write_text(
        'terraform {\n  backend "local" {\n    path = "../../state.tfstate"\n  }\n}\n'
    )
    sealed = (folder / "encryption.json").read_text().replace("THE-PASSPHRASE", passphrase)

    def tofu(*words: str) -> str:
        done = subprocess.run(
            [str(settings.CATALYST.tofu), *words],
            cwd=module,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "TF_CLI_CONFIG_FILE": str(settings.CATALYST.tofurc),
                "TF_ENCRYPTION": sealed,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    tofu("init", "-input=false")
    assert "terraform_data.sovereign" in tofu("state", "list")
    told = {"deployment.download-archive", "deployment.reveal-state-passphrase"}
    assert told <= set(acts(applied))


def test_given_anybody_but_the_owner_then_nothing_is_handed_over(applied, person, browser) -> None:
    operator = browser(person("operator@example.com", Role.OPERATOR))
    stranger = browser(person("stranger@example.com"))

    for path in ("archive/", "passphrase/", "kubeconfig/"):
        assert operator.post(url(applied, path)).status_code == 403
        assert stranger.post(url(applied, path)).status_code == 404
    answer = operator.post(url(applied, "destroy-token/"), {"confirm_fqdn": applied.fqdn})
    assert answer.status_code == 422
    assert services.token_is_kept(applied)
    assert "Take away" not in operator.get(url(applied, "handover/")).content.decode()


def test_given_the_owner_types_the_name_then_the_token_is_gone_and_there_is_one_receipt(
    stopped, owner, browser, token
) -> None:
    client, reference = browser(owner), stopped.secrets["hetzner-token"]
    wrong = client.post(url(stopped, "destroy-token/"), {"confirm_fqdn": "something.else"})
    assert wrong.status_code == 422 and 'value="something.else"' in wrong.content.decode()

    for _ in range(2):
        client.post(url(stopped, "destroy-token/"), {"confirm_fqdn": stopped.fqdn})

    stopped.refresh_from_db()
    receipt = stopped.receipts.get()
    assert receipt.fingerprint == hashlib.sha256(token.encode()).hexdigest()
    with pytest.raises(NotFound):
        vault.get(reference)
    page = client.get(url(stopped, "handover/")).content.decode()
    assert str(receipt.pk) in page and token not in page
    assert receipt.secret == reference and "Nothing of it is left" in page
    assert acts(stopped).count("deployment.destroy-token") == 1


def test_given_a_run_at_work_then_the_token_stays(deployment, owner, browser) -> None:
    answer = browser(owner).post(
        url(deployment, "destroy-token/"), {"confirm_fqdn": deployment.fqdn}
    )

    assert answer.status_code == 422 and "A run is at work" in answer.content.decode()
    deployment.refresh_from_db()
    assert services.token_is_kept(deployment)


def test_given_the_token_was_destroyed_then_every_page_asks_for_one_and_takes_only_ours(
    stopped, owner, browser, project, token
) -> None:
    sweep.look(deployment=stopped, occasion="test")
    services.destroy_token(deployment=stopped, actor=owner)
    client = browser(owner)

    for path in ("destroy/", "retry/", "leftovers/"):
        assert 'name="hetzner_token"' in client.get(url(stopped, path)).content.decode()
    missing = client.post(url(stopped, "look/"))
    unknown = client.post(url(stopped, "look/"), {"hetzner_token": "y" * 64})
    given = client.post(url(stopped, "look/"), {"hetzner_token": token})

    assert missing.status_code == unknown.status_code == 422
    assert "Hetzner does not know this token" in unknown.content.decode()
    assert "y" * 64 not in unknown.content.decode()
    assert given.status_code == 302
    assert {item.name for item in sweep.newest(stopped).also_found} == {"pvc-4711", "svc-shop"}
    stopped.refresh_from_db()
    assert not services.token_is_kept(stopped), "a token given to look was kept"
