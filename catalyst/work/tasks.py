"""Celery tasks of the kernel: three lines each."""

from __future__ import annotations

from celery import shared_task

from catalyst.work import beat, outbox


@shared_task(name="work.drain")
def drain() -> None:
    """Keep the promises that are due."""
    outbox.drain()


@shared_task(name="work.tick")
def tick() -> None:
    """Every few seconds: a sign of life, due outbox items, due and orphaned work."""
    beat.tick()
