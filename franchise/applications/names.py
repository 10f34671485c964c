"""Names of an App, derived from its place; each is written once and then kept.

`{organization}-{type}-{app}` is one DNS label, so that the Sovereign's wildcard certificate covers
it (spec franchise §6.6).
"""

from __future__ import annotations

from franchise.organizations.environments.models import Kind

# Which branch of an App's repository an Environment follows; others follow one of their own name.
_BRANCHES = {Kind.DEV: "develop", Kind.STG: "staging", Kind.PROD: "main"}
BRANCHES = ("main", "staging", "develop")


def branch(kind: str) -> str:
    return _BRANCHES.get(Kind(kind), kind)


def namespace(organization: str) -> str:
    """Of an Organization in the Sovereign's cluster; never one of the platform's own."""
    return f"org-{organization}"


def release(kind: str, app: str) -> str:
    """Of the HelmRelease and the Service, within the namespace (at most 53 letters by Helm)."""
    return f"{Kind(kind).value}-{app}"
