"""Step 3: whose cloud. The token is checked with Hetzner, kept, and never shown again."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from catalyst.identity.permissions import requires
from catalyst.language.words import lazy
from catalyst.limits.gate import by_person, too_many, with_headers
from catalyst.limits.services import Verdict, hit
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from sovereign_wizard.wizard import drafts, own_domain, shell, ssh_key, token
from sovereign_wizard.wizard.models import Draft

STEP = "credentials"
EXPIRED = lazy("The one you gave was thrown away after 24 hours. Paste it again to go on.")


class CredentialsForm(forms.Form):
    """Whose cloud. The token is write-only; it may be left empty when one is kept."""

    hetzner_token = forms.CharField(
        label=lazy("Hetzner API token"),
        help_text=lazy("With Read & Write. It is encrypted here and thrown away after 24 hours."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": lazy("Paste a token: the machines are made in your project.")},
    )
    hetzner_project_id = forms.CharField(
        label=lazy("Hetzner project id"),
        help_text=lazy("The number in the address of the project: console.hetzner.com/projects/…"),
        max_length=40,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9][A-Za-z0-9_-]*$", lazy("Use the number only, not the address.")
            )
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"required": lazy("Copy it from the address of the project.")},
    )
    ssh_public_key = forms.CharField(
        label=lazy("SSH public key"),
        help_text=lazy("The line in ~/.ssh/id_ed25519.pub. Its owner can reach the machines."),
        max_length=ssh_key.LONGEST,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "placeholder": "ssh-ed25519 AAAA… you@laptop"}
        ),
        error_messages={"required": lazy("Without a key nobody could reach the machines.")},
    )

    def __init__(self, *args: Any, token_kept: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if token_kept:
            self.ask_for_another_token()

    def ask_for_another_token(self) -> None:
        """One is kept: the field is only for replacing it."""
        field = self.fields["hetzner_token"]
        field.required = False
        field.label = _("Another Hetzner API token")
        field.help_text = _("Only to replace the one that is kept.")

    def clean_hetzner_token(self) -> str:
        return str(self.cleaned_data["hetzner_token"]).strip()

    def clean_ssh_public_key(self) -> str:
        try:
            return ssh_key.parse(self.cleaned_data["ssh_public_key"]).line
        except Invalid as refused:
            raise forms.ValidationError(refused.detail) from refused


@requires("sovereign.provision")
@never_cache
def credentials(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponseBase:
    """`go=make-key` makes a pair of keys and shows the private one in this one answer."""
    draft = drafts.find(owner=shell.person(request), draft_id=draft_id)
    if detour := shell.detour(draft, STEP):
        return detour
    kept = drafts.token_kept(draft)
    if request.method != "POST":
        form = CredentialsForm(initial=draft.values, token_kept=kept)
        if draft.token_reference and not kept:
            form.fields["hetzner_token"].help_text = EXPIRED
        return _page(request, draft, form)
    typed = {name: request.POST.get(name, "").strip() for name in CredentialsForm.base_fields}
    go = request.POST.get("go", "")
    if go == "make-key" and request.POST.get("drawn_with") not in (None, _drawn_with(draft)):
        # Reloaded: the pair that this very press made is the one its owner saved.
        return _page(request, draft, CredentialsForm(initial=draft.values, token_kept=kept))
    if go in ("back", "make-key"):
        drafts.answer(draft=draft, step=STEP, values=typed, accepted=False)
        return shell.back(draft, STEP) if go == "back" else _make_key(request, draft)
    form = CredentialsForm(request.POST, token_kept=kept)
    accepted = form.is_valid()
    verdict: Verdict | None = None
    # A good token is kept even when another answer is not, so that it is pasted once.
    if (pasted := typed["hetzner_token"]) and not drafts.is_kept(draft, pasted):
        verdict = hit(action="token-check", key=by_person(request))
        if not verdict.allowed:
            words = too_many(verdict, _("It was not checked.")).detail
        else:
            words = token.take(draft, Secret(pasted))
        if words:
            accepted = False
            form.add_error("hetzner_token", words)
    values = {**typed, **shell.cleaned(form)}
    drafts.answer(draft=draft, step=STEP, values=values, accepted=accepted)
    if accepted:
        return _told(shell.onward(draft, STEP), verdict)
    if drafts.token_kept(draft):
        form.ask_for_another_token()
    status = 429 if verdict and not verdict.allowed else 422
    return _told(_page(request, draft, form, status=status), verdict)


def refused(request: HttpRequest, draft: Draft, *, field: str, words: str) -> HttpResponseBase:
    """The step again, with what provisioning said about one of its fields."""
    form = CredentialsForm(draft.values, token_kept=True)
    form.add_error(field, words)
    return _page(request, draft, form, status=422)


def _drawn_with(draft: Draft) -> str:
    """Which key was kept when the page was drawn."""
    kept = str(draft.values.get("ssh_public_key", ""))
    return hashlib.sha256(kept.encode()).hexdigest()[:16]


def _make_key(request: HttpRequest, draft: Draft) -> HttpResponseBase:
    verdict = hit(action="sshkey", key=by_person(request))
    if not verdict.allowed:
        form = CredentialsForm(draft.values, token_kept=drafts.token_kept(draft))
        form.is_valid()
        form.errors.clear()
        form.add_error("ssh_public_key", too_many(verdict, _("No key was made.")).detail)
        return _told(_page(request, draft, form, status=429), verdict)
    name = own_domain.fqdn(draft)
    public, private = ssh_key.make(f"catalyst@{name}" if name else "catalyst")
    drafts.answer(draft=draft, step=STEP, values={"ssh_public_key": public.line}, accepted=False)
    form = CredentialsForm(initial=draft.values, token_kept=drafts.token_kept(draft))
    made = {"private": private.reveal(), "file": f"{name or 'catalyst'}.pem"}
    return _told(_page(request, draft, form, made=made), verdict)


def _told(answer: HttpResponse, verdict: Verdict | None) -> HttpResponse:
    """With what is left of the tries, when one was counted."""
    return with_headers(answer, verdict) if verdict else answer


def _page(
    request: HttpRequest,
    draft: Draft,
    form: CredentialsForm,
    *,
    made: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`made`: a private key that was made this moment; it is in this answer and nowhere else."""
    return shell.page(
        request,
        draft,
        STEP,
        status=status,
        form=form,
        token_kept=drafts.token_kept(draft),
        key=ssh_key.known(str(form["ssh_public_key"].value() or "")),
        made=made,
        drawn_with=_drawn_with(draft),
        token_url=reverse("wizard-token", args=[draft.pk]),
        key_url=reverse("wizard-key", args=[draft.pk]),
    )
