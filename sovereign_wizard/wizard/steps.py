"""The order of the wizard's questions and which of them are open."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from catalyst.language.words import lazy
from sovereign_wizard.wizard.models import Draft


@dataclass(frozen=True, slots=True)
class Step:
    """`fields` are the answers asked for there; a refusal of one of them leads back to the step."""

    id: str
    label: str
    question: str
    why: str
    fields: frozenset[str]


STEPS = (
    Step(
        "organisation",
        lazy("Organization"),
        lazy("Who runs it?"),
        lazy("The name is what customers read; the address becomes its first admin."),
        frozenset(
            {
                "organization_name",
                "owner_email",
                "headquarters",
                "industry",
                "headcount",
                "compliance",
            }
        ),
    ),
    Step(
        "topology",
        lazy("Topology"),
        lazy("How is it built?"),
        lazy("How many machines carry the platform, and what happens when one of them fails."),
        frozenset({"topology", "ha_enabled"}),
    ),
    Step(
        "credentials",
        lazy("Credentials"),
        lazy("Whose cloud is it?"),
        lazy("The machines are made in your own Hetzner project and paid there."),
        frozenset({"hetzner_token", "hetzner_project_id", "ssh_public_key"}),
    ),
    Step(
        "provider",
        lazy("Provider"),
        lazy("Where does it run, and how big is it?"),
        lazy("Regions, sizes and prices as Hetzner gives them at this moment."),
        frozenset(
            {
                "region",
                "control_plane_size",
                "small_control_plane",
                "worker_count",
                "worker_size",
                "delete_protection",
            }
        ),
    ),
    Step(
        "components",
        lazy("Components"),
        lazy("What does it come with?"),
        lazy("What you leave out is not in its cluster, and takes none of its memory."),
        frozenset({"components", "apps"}),
    ),
    Step(
        "domain",
        lazy("Domain"),
        lazy("What is it called?"),
        lazy("The name is held for you as soon as you provision."),
        frozenset(
            {
                "domain_mode",
                "subdomain",
                "pool_domain",
                "own_domain",
                "domain",
                "registrar",
                "credentials",
                "records",
                "acknowledgement",
            }
        ),
    ),
    Step(
        "review",
        lazy("Review"),
        lazy("Is this what you want?"),
        lazy("Exactly this is sent. Nothing has been created so far."),
        frozenset({"approve_plan"}),
    ),
)
_POSITION = {step.id: position for position, step in enumerate(STEPS)}


@dataclass(frozen=True, slots=True)
class Shown:
    """A step in the stepper: `state` is done, current, open or locked."""

    number: int
    label: str
    state: str
    url: str


def step(step_id: str) -> Step:
    return STEPS[_POSITION[step_id]]


def first_open(draft: Draft) -> str:
    """The first question without an accepted answer; everything before it is answered."""
    return next((step.id for step in STEPS if step.id not in draft.passed), STEPS[-1].id)


def reached(draft: Draft, step_id: str) -> bool:
    return _POSITION[step_id] <= _POSITION[first_open(draft)]


def after(step_id: str) -> str:
    return STEPS[min(_POSITION[step_id] + 1, len(STEPS) - 1)].id


def before(step_id: str) -> str:
    return STEPS[max(_POSITION[step_id] - 1, 0)].id


def of_field(field: str) -> str | None:
    """The step where a field is asked for."""
    return next((step.id for step in STEPS if field in step.fields), None)


def url(draft: Draft, step_id: str) -> str:
    return reverse(f"wizard-{step_id}", args=[draft.pk])


def stepper(draft: Draft, current: str) -> list[Shown]:
    """What the stepper draws. A locked step has no address."""
    shown = []
    for number, each in enumerate(STEPS, start=1):
        if each.id == current:
            state = "current"
        elif not reached(draft, each.id):
            state = "locked"
        else:
            state = "done" if each.id in draft.passed else "open"
        address = url(draft, each.id) if state in ("done", "open") else ""
        shown.append(Shown(number, each.label, state, address))
    return shown
