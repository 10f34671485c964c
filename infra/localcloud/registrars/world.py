"""What a change at a registrar does: to its own books, to the registry, now or later."""

import asyncio
import logging
from dataclasses import replace
from typing import Any

from infra.localcloud.registrars.book import Account, Book, Domain, Job
from infra.localcloud.registrars.faults import Fault, Faults
from infra.localcloud.registrars.hosting import Hosting
from infra.localcloud.registrars.registry import Refused, Registry

log = logging.getLogger("registrars")
Json = dict[str, Any]


class World:
    """Shared by all vendors. `busy`: accounts that have a request under way."""

    def __init__(
        self, *, book: Book, registry: Registry, hosting: Hosting, job_seconds: float
    ) -> None:
        self.book = book
        self.registry = registry
        self.hosting = hosting
        self.faults = Faults()
        self.busy: set[int] = set()
        self._job_seconds = job_seconds
        self._reverting: dict[str, Json] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Go on with what was under way when the program ended."""
        for job in self.book.jobs:
            if job.state == "pending":
                self._later(job)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def domain_of(self, account: Account, name: str) -> Domain | None:
        found = self.book.domain(name)
        return found if found is not None and found.account == account.id else None

    async def change(self, domain: Domain, change: Json, fault: Fault | None = None) -> None:
        """Tell the registry of new fields (`nameservers`, `signers`), then keep them.

        Raises Refused, and then nothing has changed.
        """
        if fault is not None and fault.kind == "ignored":
            return
        before = {name: getattr(domain, name) for name in change}
        await self.tell(replace(domain, **change))
        for name, value in change.items():
            setattr(domain, name, value)
        if fault is not None and fault.kind == "reverts":
            self._reverting[domain.name] = before
        self.book.save()

    async def looked_at(self, domain: Domain) -> None:
        """After an answer that shows the domain: a change that shall not last ends now."""
        before = self._reverting.pop(domain.name, None)
        if before is not None:
            await self.change(domain, before)

    async def tell(self, domain: Domain) -> None:
        """The registry hears what the books say; Cloudflare is no registrar and tells none."""
        if domain.registrar == "cloudflare":
            return
        await self.registry.delegate(
            domain.name,
            nameservers=domain.nameservers,
            ds=[ds_text(signer) for signer in domain.signers],
            glue=domain.glue,
            ttl=domain.more.get("ttl"),
        )

    def begin(self, domain: Domain, kind: str, change: Json, fault: Fault | None) -> Job:
        """Accept a change and make it later."""
        job = Job(
            id=self.book.next(),
            registrar=domain.registrar,
            domain=domain.name,
            kind=kind,
            change=change if fault is None or fault.kind != "ignored" else {},
            fails=fault is not None and fault.kind == "job_fails",
        )
        self.book.jobs.append(job)
        self.book.save()
        self._later(job)
        return job

    async def finish(self, job: Job, *, fails: bool | None = None) -> None:
        """End a job now."""
        domain = self.book.domain(job.domain)
        if job.state != "pending" or domain is None:
            return
        failed = job.fails if fails is None else fails
        if not failed:
            try:
                await self.change(domain, job.change)
            except Refused as refusal:
                log.info("job %s: the registry refused: %s", job.id, refusal)
                failed = True
        job.state = "failed" if failed else "done"
        self.book.save()

    def pending(self, domain: Domain) -> bool:
        return any(job.domain == domain.name and job.state == "pending" for job in self.book.jobs)

    def _later(self, job: Job) -> None:
        async def wait() -> None:
            await asyncio.sleep(self._job_seconds)
            await self.finish(job)

        task = asyncio.create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def set_job_seconds(self, seconds: float) -> None:
        self._job_seconds = seconds


def ds_text(signer: Json) -> str:
    return f"{signer['tag']} {signer['algorithm']} {signer['digest_type']} {signer['digest']}"
