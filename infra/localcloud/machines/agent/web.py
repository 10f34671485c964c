"""The machine's web server: Daphne on its address, kept alive, with the certificate of the day."""

import subprocess
import sys
import time

from infra.localcloud.machines.agent.certificate import CertificateKeeper
from infra.localcloud.machines.agent.console import say
from infra.localcloud.machines.agent.hardware import Hardware

HTTPS_PORT, HTTP_PORT = 31443, 31080
_STOP_SECONDS = 3.0
_LOOK_SECONDS = 0.5
_PAUSE_SECONDS = 1.0


def serve(hardware: Hardware, env: dict[str, str], keeper: CertificateKeeper) -> None:
    """Runs until this process is told to end."""
    while True:
        version = keeper.version
        process = _start(hardware, env, keeper)
        try:
            while process.poll() is None and keeper.version == version:
                time.sleep(_LOOK_SECONDS)
            if process.returncode is not None:
                say(f"the web server ended with code {process.returncode}; starting it again")
                time.sleep(_PAUSE_SECONDS)
        finally:
            _stop(process)


def _start(
    hardware: Hardware, env: dict[str, str], keeper: CertificateKeeper
) -> subprocess.Popen[bytes]:
    # Endpoint strings: Twisted, "serverFromString".
    https = (
        f"ssl:{HTTPS_PORT}:interface={hardware.address}:privateKey={keeper.key}"
        f":certKey={keeper.certificate}:extraCertChain={keeper.chain}"
    )
    http = f"tcp:{HTTP_PORT}:interface={hardware.address}"
    return subprocess.Popen(
        [
            *("setpriv", "--pdeathsig", "KILL", "--"),
            # Verbosity 0 writes no access log: addresses of pages can carry what must stay secret.
            *(hardware.python, "-m", "daphne", "-v", "0", "-e", https, "-e", http),
            "catalyst.asgi:application",
        ],
        cwd=hardware.app_dir,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=sys.stdout,
        stderr=sys.stderr,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
