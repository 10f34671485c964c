"""What can be wrong with the vault itself. Neither is ever answered by another store or by plain
text: the act waits (a worker) or is refused (a person, a program)."""

from __future__ import annotations

from catalyst.problem import Problem


class Unsealable(Problem):
    type = "vault-unsealable"
    title = "A stored secret cannot be opened"


class VaultAway(Problem):
    """What holds the keys does not answer, is sealed, or does not believe us any more."""

    type = "vault-away"
    title = "The vault is closed"
    status = 503


class RoleRefused(VaultAway):
    """OpenBao answers, and does not let our role do this."""


class ValueMissing(Unsealable):
    """The record is here and its value is not in OpenBao: two backups that do not fit."""

    title = "A stored secret is missing in OpenBao"
