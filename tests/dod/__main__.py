"""`make dod`: walk the thirteen steps, write the report, say the verdict in the last line.

On the local cloud from an empty folder; with `HETZNER_TEST_TOKEN` at the console and in the project
that the environment names (`world.NEEDED`). Exit 0 only when every step passed.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from tests.dod import STATE, customers, steps, world
from tests.dod.evidence import FAILED, PASSED, Report, Seen
from tests.dod.walk import Walk
from tests.dod.world import World

Act = Callable[[Walk, Seen], None]
# In the order one walks them: the wizard asks for components (5) before it asks for a name (4).
STEPS: tuple[tuple[int, str, Act], ...] = (
    (1, "Log in with single sign-on", steps.log_in),
    (2, "New Sovereign", steps.new_sovereign),
    (3, "Token, project and region", steps.credentials),
    (5, "Apps", steps.apps),
    (4, "A name in the pool", steps.name),
    (6, "Provision", steps.provision),
    (7, "Watch until it is ready", steps.watch),
    (8, "The Sovereign is reachable", steps.reachable),
    (9, "Its first admin logs in there", steps.admin_logs_in),
    (10, "The admin issues a voucher", steps.voucher),
    (11, "A customer redeems it", customers.redeem),
    (12, "Organization, Environment and App are made", customers.app_is_made),
    (13, "The App answers at its address", customers.app_answers),
)


def walk(at: World, browser: Browser, report: Report, folder: Path) -> None:
    """Until a step is missing; those behind it cannot be reached."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    going = Walk(at, browser, report, folder, context.new_page())
    by_number = {step.number: step for step in report.steps}
    for number, _title, act in STEPS:
        seen, began = by_number[number], time.monotonic()
        try:
            act(going, seen)
            seen.verdict = PASSED
        except Exception as error:  # noqa: BLE001 - whatever it was, the report says it
            seen.verdict, seen.why = FAILED, f"{type(error).__name__}: {error}"[:2000]
            seen.fact("where in the script", traceback.format_exc(limit=-4))
            _picture_all(going, seen)
        seen.seconds = time.monotonic() - began
        print(f"{number:>3} {seen.title:<45} {seen.verdict} ({seen.seconds:.1f} s)", flush=True)
        if seen.verdict == FAILED:
            print(f"    {seen.why.splitlines()[0]}", flush=True)
            return


def _picture_all(going: Walk, seen: Seen) -> None:
    for who, page in {"owner": going.owner, **going.pages}.items():
        try:
            seen.picture(f"the {who}'s page", page.screenshot())
        except Exception as error:  # noqa: BLE001 - a page that is gone has no picture
            seen.fact(f"the {who}'s page", f"{type(error).__name__}")


def new_report(where: str) -> Report:
    numbered = sorted((number, title) for number, title, _act in STEPS)
    return Report(where, [Seen(number, title) for number, title in numbered])


def main() -> int:
    folder = STATE / "dod"
    report = new_report("live" if world.is_live() else "local cloud")
    try:
        if not world.is_live() and (missing := world.tools_are_there()):
            raise RuntimeError(f"still to be fetched: {missing} (infra/tools/fetch.py ensure …)")
        with world.live() if world.is_live() else world.local(folder) as (at, browser):
            for secret in (at.password, at.token):
                report.hide(secret)
            folder.mkdir(parents=True, exist_ok=True)
            walk(at, browser, report, folder)
    except Exception as error:  # noqa: BLE001 - no walk at all is a failure as well
        report.steps[0].why = report.steps[0].why or f"{type(error).__name__}: {error}"
        print(report.steps[0].why, flush=True)
    print(f"evidence: {report.write(STATE / 'evidence')}", flush=True)
    print(report.verdict, flush=True)
    return 0 if report.is_whole else 1


if __name__ == "__main__":
    sys.exit(main())
