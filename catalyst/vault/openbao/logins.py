"""How we prove to OpenBao which role is ours: AppRole, or Kubernetes with the Pod's own token.

https://openbao.org/api-docs/auth/approle/ , https://openbao.org/api-docs/auth/kubernetes/
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class LogIn(Protocol):
    """Hashable, so that equal ones share a lease. The answer is OpenBao's."""

    def __hash__(self) -> int: ...

    def __call__(self, client: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class AppRole:
    """The secret id is a file that only our process can read."""

    role_id: str
    secret_id_file: Path | None

    def __call__(self, client: Any) -> Any:
        secret_id = self.secret_id_file.read_text().strip() if self.secret_id_file else ""
        return client.auth.approle.login(role_id=self.role_id, secret_id=secret_id, use_token=False)


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The Pod's service account token, which the kubelet renews in its file; OpenBao has the API
    server review it."""

    role: str
    token_file: Path

    def __call__(self, client: Any) -> Any:
        token = self.token_file.read_text().strip()
        return client.auth.kubernetes.login(role=self.role, jwt=token, use_token=False)
