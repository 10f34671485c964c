"""The Catalyst app of the machine, in role `sovereign`: its environment and its first commands."""

import base64
import os
import secrets
import subprocess
import sys

from infra.localcloud.machines.agent.console import say
from infra.localcloud.machines.agent.hardware import Hardware
from infra.localcloud.machines.agent.retry import Failed
from infra.localcloud.machines.agent.secret import FOLDER, made_once
from infra.localcloud.machines.layout import MachineDir, read_private, write_private
from infra.localcloud.machines.sovereign import Sovereign

_CODE_HASH = f"{FOLDER}/first-admin.hash"


def environment(
    machine: MachineDir, hardware: Hardware, told: Sovereign, database_url: str
) -> dict[str, str]:
    """Everything the app's processes see; nothing else of our own environment goes to them."""
    secret_key = made_once(machine, f"{FOLDER}/secret.key", lambda: secrets.token_urlsafe(48))
    vault_key = made_once(
        machine, f"{FOLDER}/vault.key", lambda: base64.b64encode(secrets.token_bytes(32)).decode()
    )
    found = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "catalyst.settings.production",
        "CATALYST_ROLE": "sovereign",
        "CATALYST_LOCAL_LOGIN": "true",
        "CATALYST_DATABASE_URL": database_url,
        "CATALYST_REDIS_URL": read_private(hardware.redis_url_file),
        # Machines share one Redis server; each keeps to keys of its own.
        "CATALYST_REDIS_PREFIX": f"sovereign_{hardware.id}",
        "CATALYST_SECRET_KEY": secret_key,
        "CATALYST_VAULT_KEY": vault_key,
        "CATALYST_SOVEREIGN_FQDN": told.fqdn,
        "CATALYST_DEPLOYMENT_ID": told.deployment_id,
        "CATALYST_PUBLIC_URL": f"https://console.{told.fqdn}",
        "CATALYST_ALLOWED_HOSTS": f"{told.fqdn},.{told.fqdn}",
    }
    if hardware.ca_bundle is not None:
        bundle = str(hardware.ca_bundle)
        found |= {"SSL_CERT_FILE": bundle, "CATALYST_CA_BUNDLE": bundle}
    return found


def migrate(hardware: Hardware, env: dict[str, str]) -> None:
    """Raises Failed."""
    _manage(hardware, env, "migrate", "--no-input")


def first_admin(
    machine: MachineDir, hardware: Hardware, env: dict[str, str], told: Sovereign
) -> None:
    """The admin who logs in first, with a code whose hash we were told. Raises Failed."""
    if told.first_admin is None:
        return
    hash_file = machine.in_root(_CODE_HASH)
    write_private(hash_file, told.first_admin.code_hash)
    _manage(
        hardware, env,
        "first_admin", "--email", told.first_admin.email, "--code-hash-file", str(hash_file),
    )  # fmt: skip


def _manage(hardware: Hardware, env: dict[str, str], *arguments: str) -> None:
    """A management command; its output is the machine's console. Raises Failed."""
    say(f"manage.py {arguments[0]}")
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", hardware.python, "manage.py", *arguments],
        cwd=hardware.app_dir,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=sys.stdout,
        stderr=sys.stderr,
    )
    try:
        code = process.wait()
    finally:
        process.kill()
    if code != 0:
        raise Failed(f"manage.py {arguments[0]} ended with code {code}")
