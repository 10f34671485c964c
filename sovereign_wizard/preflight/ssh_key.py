"""Is the SSH key a key? The same rule as in the form and the API (weak point W32)."""

from __future__ import annotations

from catalyst.language.words import lazy
from sovereign_wizard.preflight.subject import Subject
from sovereign_wizard.preflight.verdict import Check, Finding, passed
from sovereign_wizard.wizard.ssh_key import parse


def look(subject: Subject) -> Finding:
    key = parse(subject.ssh_public_key)
    return passed(f"{key.type}, {key.fingerprint}")


CHECK = Check("ssh-key", lazy("SSH key"), look)
