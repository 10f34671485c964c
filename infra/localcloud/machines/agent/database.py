"""The agent's database: made with the cloud's admin URL, used with a password of its own."""

import secrets

from infra.localcloud.machines.agent.hardware import Hardware
from infra.localcloud.machines.agent.secret import made_once
from infra.localcloud.machines.database import make_database, url_for
from infra.localcloud.machines.layout import MachineDir, read_private
from infra.localcloud.machines.sovereign import DATABASE_KEY_FILE


def prepare(machine: MachineDir, hardware: Hardware) -> str:
    """The URL the app connects with. Raises psycopg.Error."""
    admin_url = read_private(hardware.database_admin_url_file)
    fresh = not machine.in_root(DATABASE_KEY_FILE).exists()
    password = made_once(machine, DATABASE_KEY_FILE, lambda: secrets.token_urlsafe(32))
    make_database(admin_url, hardware.id, password, fresh=fresh)
    return url_for(admin_url, hardware.id, password)
