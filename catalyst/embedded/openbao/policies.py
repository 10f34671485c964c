"""Who may do what in OpenBao, with the vault's key and its values. Pure; also what an operator
gives a real one.

https://openbao.org/docs/concepts/policies/
"""

from __future__ import annotations

from collections.abc import Iterable

from catalyst.vault.places import KINDS

MOUNT, KEY = "transit", "catalyst"
VALUES = "catalyst"
# Minutes, not days: who takes a lease from a process has it for that long.
LEASE = {"token_ttl": "10m", "token_max_ttl": "1h"}
# What a worker never needs: secrets of people who are still filling in a form.
_WEB_ONLY = ("drafts",)


def _rule(path: str, *capabilities: str) -> str:
    listed = ", ".join(f'"{capability}"' for capability in capabilities)
    return f'path "{path}" {{ capabilities = [{listed}] }}\n'


def _values(kinds: Iterable[str], *capabilities: str) -> str:
    """Nobody may `update`: what is written once stays as it is until it is destroyed."""
    return "".join(_rule(f"{VALUES}/data/{kind}/*", *capabilities) for kind in kinds)


_SEAL = _rule(f"{MOUNT}/encrypt/{KEY}", "update")
_OPEN = _rule(f"{MOUNT}/decrypt/{KEY}", "update")
_LOOK = _rule(f"{MOUNT}/keys/{KEY}", "read")
_RENEW = "".join(
    _rule(f"{MOUNT}/{what}", "update")
    for what in (
        f"rewrap/{KEY}",
        f"keys/{KEY}/rotate",
        f"keys/{KEY}/config",
        f"keys/{KEY}/trim",
    )
)
_COUNT = _rule(f"{VALUES}/metadata/*", "read", "list")
_DESTROY = _rule(f"{VALUES}/metadata/*", "read", "list", "delete")

_WORKERS = [kind for kind in KINDS if kind not in _WEB_ONLY]
# Web and workers seal and open, and cannot change the key. Only workers destroy; they cannot read
# what only web needs. Who rotates opens nothing, and may put values in their place.
POLICIES = {
    "catalyst-web": _SEAL + _OPEN + _LOOK + _values(KINDS, "create", "read"),
    "catalyst-worker": _SEAL + _OPEN + _LOOK + _values(_WORKERS, "create", "read") + _DESTROY,
    "catalyst-rotation": _SEAL + _LOOK + _RENEW + _values(KINDS, "create") + _COUNT,
}
