"""Who may do what with the vault's key in OpenBao. Pure; also what an operator gives a real one.

https://openbao.org/docs/concepts/policies/
"""

from __future__ import annotations

MOUNT, KEY = "transit", "catalyst"
# Minutes, not days: who takes a lease from a process has it for that long.
LEASE = {"token_ttl": "10m", "token_max_ttl": "1h"}

_SEAL = f'path "{MOUNT}/encrypt/{KEY}" {{ capabilities = ["update"] }}\n'
_OPEN = f'path "{MOUNT}/decrypt/{KEY}" {{ capabilities = ["update"] }}\n'
_LOOK = f'path "{MOUNT}/keys/{KEY}" {{ capabilities = ["read"] }}\n'
_RENEW = "".join(
    f'path "{MOUNT}/{what}" {{ capabilities = ["update"] }}\n'
    for what in (
        f"rewrap/{KEY}",
        f"keys/{KEY}/rotate",
        f"keys/{KEY}/config",
        f"keys/{KEY}/trim",
    )
)

# Web and workers seal and open, and cannot change the key. Who rotates opens nothing.
POLICIES = {
    "catalyst-web": _SEAL + _OPEN + _LOOK,
    "catalyst-worker": _SEAL + _OPEN + _LOOK,
    "catalyst-rotation": _SEAL + _LOOK + _RENEW,
}
