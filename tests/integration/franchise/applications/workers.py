"""Workers in processes of their own, on the test's database and the stage's servers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fault.catalyst.processes import Process, process
from tests.integration.franchise.applications.stage import Stage

SETTINGS = "THE_STAGE"
_SET_UP = f"""
import json
from tests.integration.franchise.applications.conftest import with_apps
settings.CATALYST = with_apps(settings.CATALYST, json.loads(os.environ["{SETTINGS}"]))
from franchise import tasks
from franchise.applications import lifecycle, worker
"""
# A worker: keeps promises and follows what is due until nothing is left. It ends by SIGKILL before,
# or after, its n-th word with either server.
WORK = (
    _SET_UP
    + """
import signal
import time
import httpx
from datetime import timedelta
from catalyst.work import outbox
from franchise.applications.models import Change
from tests.integration.franchise.applications.conftest import all_kept
worker.LEASE_SECONDS = 1.0
outbox.CLAIM = timedelta(seconds=2)
asked = json.loads(sys.stdin.readline())
words, send = 0, httpx.Client.send
def counted(self, *arguments, **named):
    global words
    words += 1
    if words == asked["at"] and not asked["after"]:
        os.kill(os.getpid(), signal.SIGKILL)
    answer = send(self, *arguments, **named)
    if words == asked["at"]:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
httpx.Client.send = counted
until = time.monotonic() + asked["seconds"]
while time.monotonic() < until:
    outbox.drain()
    for app_id in worker.due():
        worker.follow(app_id=app_id)
    if all_kept() and not Change.objects.filter(state=Change.State.RUNNING).exists():
        break
    time.sleep(0.2)
say(str(words))
"""
)
# Waits for `go`, then brings the places of its Organizations.
BRING = (
    _SET_UP
    + """
slugs = json.loads(sys.stdin.readline())
say("ready")
sys.stdin.readline()
for slug in slugs:
    lifecycle.bring_place(slug=slug)
say("done")
"""
)


@contextmanager
def on_stage(stage: Stage, code: str, asked: object) -> Iterator[Process]:
    os.environ[SETTINGS] = json.dumps(stage.settings)
    try:
        with process(code) as made:
            made.tell(json.dumps(asked))
            yield made
    finally:
        os.environ.pop(SETTINGS, None)  # several may run at once
