"""A skipped test is a failed test: what was not run proves nothing.

Done where the report is made, in the worker processes of pytest-xdist too, so that a module skipped
as a whole counts as well. A test marked `xfail` was run and is left alone.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

REASON = "skipped, which counts as failed here (tests/plugins/no_skips.py): "


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{REASON}{reason}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report
