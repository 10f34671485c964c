"""The table of jobs: which are shown, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from sovereign_wizard.progress.jobs import Job

# What wants a look first: spec §6 has failed ones last, where nobody sees them.
ATTENTION = ("failed", "running", "waiting", "pending", "cancelled", "done")
STATES = (
    ("running", lazy("Running")),
    ("waiting", lazy("Waiting")),
    ("failed", lazy("Failed")),
    ("pending", lazy("Pending")),
    ("done", lazy("Done")),
    ("cancelled", lazy("Stopped")),
)
SORTS = (
    ("", lazy("What wants a look first")),
    ("name", lazy("Name")),
    ("-seconds", lazy("Longest first")),
    ("began", lazy("Oldest first")),
    ("-began", lazy("Newest first")),
)
HEADER = ("name", "title", "batch", "state", "started", "finished", "seconds", "needs", "said")


class JobsForm(forms.Form):
    """The search above the table; everything may be left empty."""

    q = forms.CharField(
        label=lazy("Name, phase or component"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    state = forms.ChoiceField(
        label=lazy("State"), required=False, choices=[("", lazy("Any")), *STATES]
    )
    batch = forms.ChoiceField(label=lazy("Run"), required=False)
    sort = forms.ChoiceField(label=lazy("Order"), required=False, choices=SORTS)

    def __init__(self, data: Any, *, batches: Iterable[str]) -> None:
        super().__init__(data)
        words = [(batch, batch_words(batch)) for batch in dict.fromkeys(batches)]
        self.fields["batch"].choices = [("", _("All")), *words]  # type: ignore[attr-defined]

    def shown(self, jobs: Iterable[Job]) -> list[Job]:
        """Of these, those asked for, in the order asked for; all of them for a bad question."""
        if not self.is_valid():
            return _sorted(jobs, "")
        asked = self.cleaned_data
        words = asked["q"].casefold()
        found = [
            job
            for job in jobs
            if asked["state"] in ("", job.state)
            and asked["batch"] in ("", job.batch)
            and any(words in text.casefold() for text in (job.name, job.title, *job.needs))
        ]
        return _sorted(found, asked["sort"])


def batch_words(batch: str) -> str:
    """`provision-2` → `Run 2`, as a person counts them."""
    kind, _dash, number = batch.rpartition("-")
    if kind in ("provision", "destroy"):
        words = _("Run %(number)s, destroying") if kind == "destroy" else _("Run %(number)s")
        return words % {"number": number}
    return _("Cluster")


def _sorted(jobs: Iterable[Job], order: str) -> list[Job]:
    found = list(jobs)
    match order:
        case "name":
            return sorted(found, key=lambda job: job.name)
        case "-seconds":
            return sorted(found, key=lambda job: -(job.seconds or -1.0))
        case "began":
            return sorted(found, key=lambda job: (job.began_at is None, _since(job)))
        case "-began":
            return sorted(found, key=lambda job: (job.began_at is None, -_since(job)))
    rank = {state: number for number, state in enumerate(ATTENTION)}
    return sorted(found, key=lambda job: (rank[job.state], -_since(job)))


def _since(job: Job) -> float:
    return job.began_at.timestamp() if job.began_at else 0.0


def line(job: Job) -> tuple[object, ...]:
    """One line of the CSV, in the order of HEADER; times are ISO 8601, UTC."""
    return (
        job.name,
        job.title,
        job.batch,
        job.state,
        job.began_at.isoformat() if job.began_at else "",
        job.ended_at.isoformat() if job.ended_at else "",
        "" if job.seconds is None else f"{job.seconds:.1f}",
        " ".join(job.needs),
        job.said,
    )
