"""The form of a Blueprint's configuration: fields from the questions, judged by the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from catalyst.language.words import lazy
from catalyst.vault.secret import Secret
from franchise.catalog.config.judging import faults
from franchise.catalog.config.questions import (
    Hint,
    Path,
    Question,
    Schema,
    at,
    put,
    questions,
)

LONGEST = 4_000
KEPT = lazy("One is kept. Leave it empty to keep it, or write a new one.")


@dataclass(frozen=True, slots=True)
class Offered:
    """What pickers offer: domains, and ids of Apps with their titles."""

    domains: Sequence[str] = ()
    apps: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """`config` has no secret in it; new ones stand beside it, to be put into the vault."""

    config: dict[str, Any]
    secrets: dict[Path, Secret] = field(default_factory=dict)


class ConfigForm(forms.Form):
    """`kept`: places of secrets that are in the vault already; empty there means "as it was"."""

    def __init__(
        self,
        schema: Schema,
        data: Any = None,
        *,
        config: Mapping[str, Any] | None = None,
        kept: frozenset[Path] = frozenset(),
        offered: Offered | None = None,
        **named: Any,
    ) -> None:
        super().__init__(data, **named)
        self.schema, self.config, self.kept = schema, config or {}, kept
        self.questions = questions(schema)
        for question in self.questions:
            made = _field(question, offered or Offered(), kept=question.path in kept)
            now = at(self.config, question.path)
            made.initial = None if question.secret else question.default if now is None else now
            self.fields[question.name] = made

    @property
    def plain(self) -> list[forms.BoundField]:
        return [self[each.name] for each in self.questions if not each.advanced]

    @property
    def advanced(self) -> list[forms.BoundField]:
        return [self[each.name] for each in self.questions if each.advanced]

    @property
    def advanced_wrong(self) -> bool:
        """Whether the advanced part has to be open."""
        return any(bound.errors for bound in self.advanced)

    def answers(self) -> Answers:
        """After validation."""
        made = Answers({})
        for question in self.questions:
            value = self.cleaned_data.get(question.name)
            if value in (None, ""):
                continue
            if question.secret:
                made.secrets[question.path] = Secret(value)
            else:
                put(made.config, question.path, value)
        return made

    def clean(self) -> dict[str, Any]:
        """Judge the whole as it will be used; what a field has refused is not said twice."""
        told = self.answers()
        whole = dict(told.config)
        for path, secret in told.secrets.items():
            put(whole, path, secret.reveal())
        wrong = {
            path: words
            for path, words in faults(self.schema, whole).items()
            if not (path in self.kept and path not in told.secrets)
        }
        names = {each.path: each.name for each in self.questions}
        for path, words in wrong.items():
            name = next((names[path[:end]] for end in range(len(path), 0, -1)
                         if path[:end] in names), None)  # fmt: skip
            if name is None or name not in self.errors:
                self.add_error(name, words)
        return self.cleaned_data


def _field(question: Question, offered: Offered, *, kept: bool) -> forms.Field:
    named: dict[str, Any] = {
        "label": question.label,
        "help_text": question.help,
        "required": question.required and not kept,
    }
    if question.secret:
        named["help_text"] = KEPT if kept else question.help
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        return forms.CharField(widget=widget, max_length=LONGEST, strip=False, **named)
    if question.type == "boolean":
        yes_no = [("true", _("Yes")), ("false", _("No"))]
        return _choice(yes_no, lambda text: text == "true", named, question)
    if question.options:
        by_text = {str(each): each for each in question.options}
        return _choice([(text, text) for text in by_text], by_text.__getitem__, named, question)
    if question.hint is Hint.DOMAIN and offered.domains:
        return _choice([(each, each) for each in offered.domains], str, named, question)
    if question.hint is Hint.APPLICATION:
        return _choice(list(offered.apps), str, named, question)
    return _typed(question, named)


def _choice(
    choices: list[tuple[str, str]], coerce: Any, named: dict[str, Any], question: Question
) -> forms.Field:
    """An answer that may be left out has an empty choice, unless a default stands for it."""
    if not question.required or question.default is None:
        choices = [("", "–"), *choices]
    made = forms.TypedChoiceField(choices=choices, coerce=coerce, empty_value=None, **named)
    if question.type == "boolean":
        made.prepare_value = lambda value: {True: "true", False: "false"}.get(value, value)  # type: ignore[method-assign]
    return made


def _typed(question: Question, named: dict[str, Any]) -> forms.Field:
    part = question.schema
    if question.type == "integer":
        return forms.IntegerField(
            min_value=part.get("minimum"), max_value=part.get("maximum"), **named
        )
    if question.type == "number":
        return forms.FloatField(
            min_value=part.get("minimum"), max_value=part.get("maximum"), **named
        )
    longest = min(part.get("maxLength", LONGEST), LONGEST)
    return forms.CharField(max_length=longest, **named)
