"""What goes where when OpenBao keeps the vault: one table.

| owner | what | where |
|---|---|---|
| `deployments/<id>` | token, passphrase, kubeconfig, bearer, codes of one Sovereign | KV v2 |
| `drafts/<id>` | token and registrar's credentials of a wizard not finished | KV v2 |
| `names/<id>` | the ACME key of a name under a pool | KV v2 |
| `moves/<id>` | registrar's credentials and ACME key of a customer's own domain | KV v2 |
| `billing/<provider>` | keys of the payment provider | KV v2 |
| `keys/<purpose>` | keys of keyed hashes (`lasting.py`) | KV v2 |
| none | refresh tokens, codes that visitors bring: new every few minutes, by anybody | row |
| none | printed voucher codes: many, each of little worth | row |
| any | what is over `MOST_BYTES` | row |

In the row it is sealed, and transit wraps its key. Without OpenBao all of it is in the row.
Pure; policies of OpenBao are made from it.
"""

from __future__ import annotations

import re
import secrets

KINDS = ("deployments", "drafts", "names", "moves", "billing", "keys")
MOST_BYTES = 16 * 1024
_OWNER = re.compile(rf"({'|'.join(KINDS)})/[a-z0-9][a-z0-9.-]{{0,59}}")


def check(owner: str) -> str:
    """Raises ValueError for one that the table does not know."""
    if owner and not _OWNER.fullmatch(owner):
        raise ValueError("an owner of secrets is one of the table in catalyst/vault/places.py")
    return owner


def in_openbao(owner: str, size: int) -> bool:
    """Whether OpenBao keeps the value itself; `size` in bytes."""
    return bool(owner) and size <= MOST_BYTES


def new_path(owner: str, record_id: str) -> str:
    """Never the same twice, not even for the same record: destroying late destroys nothing new."""
    return f"{owner}/{record_id}-{secrets.token_hex(4)}"
