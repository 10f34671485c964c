"""Runs every check at the same time and tells each verdict as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextvars import copy_context

from django.db import connections

from catalyst.problem import Problem
from sovereign_wizard.catalog.problems import HetznerAway, RateLimited, TokenProblem
from sovereign_wizard.preflight import (
    certificates,
    clock,
    memory,
    name,
    placement,
    pool,
    project,
    quota,
    ssh_key,
    token,
)
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Answer, Check, Finding, Verdict, failed, unknown

CHECKS: tuple[Check, ...] = (
    token.CHECK,
    project.CHECK,
    quota.CHECK,
    placement.CHECK,
    memory.CHECK,
    name.CHECK,
    pool.CHECK,
    ssh_key.CHECK,
    certificates.CHECK,
    clock.CHECK,
)
# Not verdicts about the wish: the world is away for a moment, and whoever asks waits for it.
PASSING = (RateLimited, HetznerAway)


def examine(subject: Subject, *, tell: Callable[[Verdict], None]) -> tuple[Verdict, ...]:
    """All verdicts in the order of CHECKS; `tell` gets each in the caller's thread as it finishes.

    Raises RateLimited or HetznerAway, once all checks are over, when one of them met it.
    """
    with ThreadPoolExecutor(max_workers=len(CHECKS), thread_name_prefix="preflight") as threads:
        asked: dict[Future[Verdict], Check] = {
            threads.submit(copy_context().run, _examine_apart, check, subject): check
            for check in CHECKS
        }
        found: dict[str, Verdict] = {}
        passing: list[Problem] = []
        for done in as_completed(asked):
            try:
                verdict = done.result()
            except PASSING as problem:
                passing.append(problem)
                continue
            found[verdict.id] = verdict
            tell(verdict)
    if passing:
        raise min(passing, key=lambda problem: not isinstance(problem, RateLimited))
    return tuple(found[check.id] for check in CHECKS)


def examine_one(check: Check, subject: Subject) -> Verdict:
    """One check. Raises RateLimited and HetznerAway."""
    started = time.monotonic()
    finding = _look(check, subject)
    milliseconds = round((time.monotonic() - started) * 1000)
    return Verdict(check.id, str(check.title), finding.answer, finding.evidence, milliseconds)


def _examine_apart(check: Check, subject: Subject) -> Verdict:
    """In a thread of its own, whose database connection ends with it."""
    try:
        return examine_one(check, subject)
    finally:
        connections.close_all()


def _look(check: Check, subject: Subject) -> Finding:
    try:
        return check.look(subject)
    except PASSING:
        raise
    except TokenProblem as problem:
        # One check is about the token; the others just could not ask.
        if check is token.CHECK:
            return failed(problem.detail or problem.title)
        return unknown(f"Hetzner could not be asked: {problem.title.lower()}.")
    except Problem as problem:
        return failed(problem.detail or problem.title)


def refused(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    """Those that stop a Deployment."""
    return tuple(verdict for verdict in verdicts if verdict.verdict is Answer.FAILED)
