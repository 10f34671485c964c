"""The operators' forms. They read what was typed; services judge it, and `say` puts the judgement
beside the field it is about.
"""

from __future__ import annotations

import re
from typing import Any

from django import forms

from catalyst.problem import Problem
from dns.backoffice.selectors import STATES
from dns.names import MAX_NAME
from dns.pools.models import Pool
from dns.reserved.services import LONGEST_REASON
from dns.tokens.models import Scope
from dns.tokens.services import LONGEST_LIFE

# What services call a field, where a form calls it otherwise.
_FIELDS = {"subdomain": "label", "life": "days", "idle_limit": "idle_days"}


def say(form: forms.Form, problem: Problem) -> None:
    """A refusal beside its field, or above the form when it is about none."""
    field = str(problem.extra.get("field", ""))
    field = _FIELDS.get(field, field)
    form.add_error(field if field in form.fields else None, problem.detail or problem.title)


def _pool_choices() -> list[tuple[str, str]]:
    return [(domain, domain) for domain in Pool.objects.values_list("domain", flat=True)]


def _search() -> forms.TextInput:
    return forms.TextInput(attrs={"type": "search"})


class FindForm(forms.Form):
    """The search above the list of names; everything may be left empty."""

    q = forms.CharField(
        label="Name, owner, address or id", max_length=254, required=False, widget=_search()
    )
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any"), *STATES])
    pool = forms.ChoiceField(label="Pool", required=False)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["pool"].choices = [("", "All"), *_pool_choices()]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why an operator does something; it stays in the history."""

    reason = forms.CharField(
        label="Why",
        max_length=LONGEST_REASON,
        help_text="It stays in the history, with your name.",
        error_messages={"required": "Say why. Whoever looks later wants to know."},
    )


class WordForm(forms.Form):
    word = forms.CharField(
        label="Word or pattern",
        max_length=63,
        help_text="A label, or a pattern such as royal*.",
        error_messages={"required": "Write the word that nobody may take."},
    )
    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST_REASON,
        help_text="Whoever wants the name reads it: “It cannot be taken: …”.",
        error_messages={"required": "Say why. Whoever wants the name reads it."},
    )


class WordReasonForm(forms.Form):
    """Another reason for a word that is on the list."""

    reason = WordForm.base_fields["reason"]


class FilterWordsForm(forms.Form):
    q = forms.CharField(label="Word or reason", max_length=200, required=False, widget=_search())
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class TokenForm(forms.Form):
    """After validation `networks` is a list; days are whole ones."""

    name = forms.CharField(
        label="Program",
        max_length=60,
        help_text="Small letters, digits and hyphens. Its names belong to service:<this>.",
        error_messages={"required": "Name the program that will use it."},
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=Scope.choices,
        error_messages={"required": "Choose at least one thing it may do."},
    )
    pools = forms.MultipleChoiceField(
        label="Under which pools", required=False, help_text="None chosen: all."
    )
    networks = forms.CharField(
        label="From which networks",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="One a line, such as 10.0.0.0/8. Empty: from anywhere.",
    )
    days = forms.IntegerField(
        label="Good for (days)",
        min_value=1,
        max_value=LONGEST_LIFE.days,
        initial=90,
        error_messages={"required": "Say for how many days it is good."},
    )
    idle_days = forms.IntegerField(
        label="Ends when unused for (days)",
        min_value=1,
        max_value=LONGEST_LIFE.days,
        required=False,
    )
    names_limit = forms.IntegerField(
        label="Names it may hold at once",
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text="Empty: the limit everybody has.",
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["pools"].choices = _pool_choices()  # type: ignore[attr-defined]

    def clean_networks(self) -> list[str]:
        return [one for one in re.split(r"[\s,]+", self.cleaned_data["networks"]) if one]


class TrialForm(forms.Form):
    act = forms.ChoiceField(
        label="Act",
        choices=[
            ("reserve", "Take a name"),
            ("commit", "Publish a held name"),
            ("release", "Give a name back"),
        ],
        initial="reserve",
        help_text="A name that is taken with an address is published too.",
    )
    label = forms.CharField(
        label="Name",
        max_length=MAX_NAME,
        strip=False,
        help_text="The part before the pool, as somebody would type it.",
        error_messages={"required": "Write a name to try."},
    )
    pool = forms.ChoiceField(label="Pool")
    owner = forms.CharField(
        label="For whom",
        max_length=120,
        required=False,
        help_text="As in the list, e.g. deployment:…: limits and quarantine follow it.",
    )
    address_v4 = forms.CharField(label="IPv4 address", max_length=60, required=False)
    address_v6 = forms.CharField(label="IPv6 address", max_length=60, required=False)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["pool"].choices = _pool_choices()  # type: ignore[attr-defined]

    def clean(self) -> None:
        data = self.cleaned_data
        if data.get("act") == "commit" and not data.get("address_v4"):
            self.add_error("address_v4", "Publishing needs an IPv4 address.")


class PhraseForm(forms.Form):
    """A phrase to type before something that cannot be taken back; `seen` is the report read."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**63 - 1)
    phrase = forms.CharField(
        max_length=60, error_messages={"required": "Type the words to go on. Nothing was done."}
    )

    def __init__(self, *arguments: Any, phrase: str, seen: int, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.expected, self.newest = phrase, seen
        self.fields["phrase"].label = f"Type “{phrase}”"

    def clean(self) -> None:
        data = self.cleaned_data
        if data.get("seen") != self.newest:
            self.add_error(None, "There is a newer report than the one you read. Nothing was done.")
        if "phrase" in data and " ".join(data["phrase"].split()) != self.expected:
            self.add_error("phrase", f"This is not “{self.expected}”. Nothing was done.")
