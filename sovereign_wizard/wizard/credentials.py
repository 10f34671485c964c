"""Step 1: whose cloud. The token is checked with Hetzner, kept, and never shown again."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from catalyst.identity.permissions import requires
from catalyst.limits.gate import by_person, too_many, with_headers
from catalyst.limits.services import Verdict, hit
from catalyst.problem import Invalid, Problem
from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.problems import TokenProblem
from sovereign_wizard.wizard import drafts, shell, ssh_key
from sovereign_wizard.wizard.models import Draft

STEP = "credentials"
EXPIRED = "The one you gave was thrown away after 24 hours. Paste it again to go on."


class CredentialsForm(forms.Form):
    """Whose cloud. The token is write-only; it may be left empty when one is kept."""

    hetzner_token = forms.CharField(
        label="Hetzner API token",
        help_text="With Read & Write. It is encrypted here and thrown away after 24 hours.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Paste a token: the machines are made in your project."},
    )
    hetzner_project_id = forms.CharField(
        label="Hetzner project id",
        help_text="The number in the address of the project: console.hetzner.com/projects/…",
        max_length=40,
        validators=[
            RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*$", "Use the number only, not the address.")
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": "Copy it from the address of the project."},
    )
    ssh_public_key = forms.CharField(
        label="SSH public key",
        help_text="The line in ~/.ssh/id_ed25519.pub. Its owner can reach the machines.",
        max_length=ssh_key.LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "placeholder": "ssh-ed25519 AAAA… you@laptop"}
        ),
        error_messages={"required": "Without a key nobody could reach the machines."},
    )

    def __init__(self, *args: Any, token_kept: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if token_kept:
            self.ask_for_another_token()

    def ask_for_another_token(self) -> None:
        """One is kept: the field is only for replacing it."""
        token = self.fields["hetzner_token"]
        token.required = False
        token.label = "Another Hetzner API token"
        token.help_text = "Only to replace the one that is kept."

    def clean_hetzner_token(self) -> str:
        return str(self.cleaned_data["hetzner_token"]).strip()

    def clean_ssh_public_key(self) -> str:
        try:
            return ssh_key.parse(self.cleaned_data["ssh_public_key"]).line
        except Invalid as refused:
            raise forms.ValidationError(refused.detail) from refused


@requires("sovereign.provision")
def credentials(request: HttpRequest, draft_id: uuid.UUID | None = None) -> HttpResponseBase:
    """The first question; without a draft one is begun by the first answer."""
    owner = shell.person(request)
    draft = drafts.find(owner=owner, draft_id=draft_id) if draft_id else Draft(owner=owner)
    if draft.deployment_id:
        return shell.to_deployment(draft.deployment_id)
    kept = drafts.token_kept(draft)
    if request.method != "POST":
        form = CredentialsForm(initial=draft.values, token_kept=kept)
        if draft.token_reference and not kept:
            form.fields["hetzner_token"].help_text = EXPIRED
        return shell.page(request, draft, STEP, form=form, token_kept=kept)
    form = CredentialsForm(request.POST, token_kept=kept)
    accepted = form.is_valid()
    verdict: Verdict | None = None
    # A good token is kept even when another answer is not, so that it is pasted once.
    if token := request.POST.get("hetzner_token", "").strip():
        verdict = hit(action="token-check", key=by_person(request))
        if verdict.allowed:
            accepted = _take_token(draft, form, token) and accepted
        else:
            accepted = False
            form.add_error("hetzner_token", too_many(verdict, "It was not checked.").detail)
    typed = {name: request.POST.get(name, "").strip() for name in form.fields}
    drafts.answer(
        draft=draft, step=STEP, values={**typed, **shell.cleaned(form)}, accepted=accepted
    )
    if accepted:
        return _told(shell.onward(draft, STEP), verdict)
    kept = drafts.token_kept(draft)
    if kept:
        form.ask_for_another_token()
    status = 429 if verdict and not verdict.allowed else 422
    page = shell.page(request, draft, STEP, form=form, token_kept=kept, status=status)
    return _told(page, verdict)


def _told(answer: HttpResponse, verdict: Verdict | None) -> HttpResponse:
    """With what is left of token checks, when one was counted."""
    return with_headers(answer, verdict) if verdict else answer


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about one of its fields."""
    form = CredentialsForm(draft.values, token_kept=True)
    form.add_error(field, words)
    return shell.page(request, draft, STEP, form=form, token_kept=True, status=422)


def _take_token(draft: Draft, form: CredentialsForm, token: str) -> bool:
    try:
        drafts.keep_token(draft=draft, token=Secret(token))
    except TokenProblem as refused:
        form.add_error("hetzner_token", f"{refused.title}. {refused.detail}")
    except Problem as away:
        form.add_error(
            "hetzner_token", f"{away.title}: the token could not be checked. {away.detail}"
        )
    else:
        return True
    return False
