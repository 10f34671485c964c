"""`make infra-check`: everything under `infra/`, offline, with one verdict line at the end.

Charts and the Flux tree need no running service; the OpenTofu module is tried on the local cloud.
"""

from __future__ import annotations

import sys

from infra.tools import suite

PYTEST = (sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup")
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("charts and tree", (*PYTEST, "tests/infra_check")),
    ("OpenTofu module", (*PYTEST, "tests/contract/infra", "tests/integration/infra")),
)


def main() -> int:
    results = {name: suite.run(name, argv) for name, argv in STEPS}
    bad = [name for name, (passed, _) in results.items() if not passed]
    times = ", ".join(f"{name} {took:.1f} s" for name, (_, took) in results.items())
    verdict = f"FAILED: {', '.join(bad)}" if bad else "passed"
    print(f"make infra-check {verdict} ({times})", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
