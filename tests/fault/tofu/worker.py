"""A worker of its own process for tests to kill: reads what to do on stdin, tells it on stdout.

Secrets come on stdin, so that they are on no command line.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from catalyst.vault.secret import Secret
from sovereign_wizard.tofu import command, environment, runner
from sovereign_wizard.tofu.identity import ProcessIdentity
from sovereign_wizard.tofu.stream import Event, ResourceEvent
from sovereign_wizard.tofu.workdir import private_workdir


def tell(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def on_start(who: ProcessIdentity) -> None:
    tell(started=asdict(who))


def on_event(event: Event) -> None:
    if isinstance(event, ResourceEvent):
        tell(stage=event.stage, address=event.address, action=event.action)


def main() -> None:
    job = json.load(sys.stdin)
    tofu = Path(job["tofu"])
    with private_workdir(
        module=Path(job["module"]), variables=job["variables"], parent=Path(job["parent"])
    ) as workdir:
        tell(workdir=str(workdir.path))
        built = environment.build(
            workdir=workdir.path,
            cli_config=Path(job["cli_config"]),
            token=Secret(job["token"]),
            state_dsn=Secret(job["dsn"]),
            state_passphrase=Secret(job["passphrase"]),
            variables={name: Secret(text) for name, text in job["secrets"].items()},
            endpoint=job["endpoint"],
        )
        for wanted in (
            command.init(tofu=tofu, schema=job["schema"]),
            command.plan(tofu=tofu),
            command.apply(tofu=tofu),
        ):
            tell(command=wanted.name)
            runner.run(
                wanted,
                environment=built,
                workdir=workdir,
                on_start=on_start,
                on_event=on_event,
                should_stop=lambda: False,
            )
    tell(done=True)


if __name__ == "__main__":
    main()
