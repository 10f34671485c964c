"""Runs one machine: `python -m infra.localcloud.machines.agent --machine DIR`.

Ends on SIGTERM, with everything it started. One agent per machine, by a lock on the machine.
"""

import argparse
import fcntl
import signal
import sys
import threading
from pathlib import Path

from infra.localcloud.machines import sovereign
from infra.localcloud.machines.agent import app, callback, certificate, database, names
from infra.localcloud.machines.agent.console import say
from infra.localcloud.machines.agent.hardware import Hardware
from infra.localcloud.machines.agent.retry import forever
from infra.localcloud.machines.agent.web import serve
from infra.localcloud.machines.layout import MachineDir, write_private


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machine", type=Path, required=True)
    machine = MachineDir(parser.parse_args().machine)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (machine.path / "agent.lock").open("w") as lock:
        # The agent of a run before may still be ending; this one waits for it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _run(machine)
    return 0


def _run(machine: MachineDir) -> None:
    hardware = Hardware.read(machine)
    told = sovereign.read(machine)
    assert told is not None and told.acme is not None and told.callback is not None
    names.use_resolver(hardware.resolver)

    _phase(machine, "database")
    database_url = forever("database", lambda: database.prepare(machine, hardware))
    environment = app.environment(machine, hardware, told, database_url)
    _phase(machine, "migrate")
    forever("migrate", lambda: app.migrate(hardware, environment))
    forever("first admin", lambda: app.first_admin(machine, hardware, environment, told))

    # The call-back must not hold up the certificate, nor the certificate the call-back.
    report = threading.Thread(
        target=callback.report, args=(machine, hardware, told.callback), daemon=True
    )
    report.start()
    _phase(machine, "certificate")
    keeper = certificate.CertificateKeeper(machine, told.fqdn, told.acme, hardware.ca_bundle)
    keeper.start()
    keeper.ready.wait()
    _phase(machine, "serving")
    say(f"serving https on {hardware.address}:31443")
    serve(hardware, environment, keeper)


def _phase(machine: MachineDir, name: str) -> None:
    say(name)
    write_private(machine.phase, name)


if __name__ == "__main__":
    sys.exit(main())
