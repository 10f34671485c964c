"""The vault knows whose every lasting secret is: OpenBao keeps it under that path."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps

from catalyst.models import SealedSecret
from catalyst.vault import lasting
from sovereign_wizard.provisioning.models import Deployment

MIGRATIONS = (
    "catalyst.migrations.0007_vault_values_in_openbao",
    "dns.migrations.0004_whose_secrets_they_are",
    "sovereign_wizard.migrations.0007_whose_secrets_they_are",
)


def owners() -> dict[str, str]:
    return dict(SealedSecret.objects.values_list("purpose", "owner"))


def test_given_a_deployment_then_its_secrets_are_its_own_and_those_from_before_are_told(
    deployment: Deployment,
) -> None:
    lasting.lasting_key("test")
    known = owners()
    assert {known[purpose] for purpose in deployment.secrets} == {f"deployments/{deployment.pk}"}
    assert known["dns.acme-key"] == f"names/{deployment.allocation_id}"
    assert known["key:test"] == "keys/test"

    SealedSecret.objects.update(owner="")
    for migration in MIGRATIONS:
        import_module(migration).say_whose(apps, None)
    assert owners() == known
