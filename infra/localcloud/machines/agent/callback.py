"""Tells the console that the machine is up: POST with the bearer, until it says yes."""

import ssl

import httpx

from infra.localcloud.machines.agent.console import say
from infra.localcloud.machines.agent.hardware import Hardware
from infra.localcloud.machines.agent.retry import Failed, forever
from infra.localcloud.machines.agent.secret import FOLDER
from infra.localcloud.machines.layout import MachineDir, read_private, write_private
from infra.localcloud.machines.sovereign import Callback

_DONE = f"{FOLDER}/called-back"


def client(ca_bundle: object) -> httpx.Client:
    """An HTTP client that trusts the bundle, and proxies of nobody's environment."""
    context = ssl.create_default_context(cafile=str(ca_bundle) if ca_bundle else None)
    return httpx.Client(verify=context, trust_env=False, timeout=15)


def report(machine: MachineDir, hardware: Hardware, told: Callback) -> None:
    """Once in the machine's life; returns when it has been heard."""
    done = machine.in_root(_DONE)
    if done.exists():
        return
    bearer = read_private(machine.in_root(told.bearer_file))

    def attempt() -> None:
        with client(hardware.ca_bundle) as http:
            answer = http.post(
                told.url,
                json={"hostname": hardware.name},
                headers={"Authorization": f"Bearer {bearer}"},
            )
        if not answer.is_success:
            raise Failed(f"the console answered {answer.status_code}")

    forever("call-back", attempt)
    say("called back")
    write_private(done, "")
