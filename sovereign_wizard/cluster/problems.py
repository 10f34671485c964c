"""What can be wrong between us and a Sovereign's cluster."""

from __future__ import annotations

from catalyst.problem import Conflict, Problem


class ClusterAway(Problem):
    """Says nothing about the cluster's state: what was seen last stays as it was."""

    type = "cluster-away"
    title = "The cluster's API does not answer"
    status = 503


class SeedTimeout(ClusterAway):
    type = "seed-timeout"
    title = "The cluster's API took too long to answer"
    status = 504


class NotServed(ClusterAway):
    """The API answers and does not know this kind: its definition is not there (yet)."""

    type = "kind-not-served"
    title = "The cluster does not know this kind of object"


class KubeconfigRefused(Problem):
    """What a machine posted is not used: it would lead elsewhere, or start something here."""

    type = "kubeconfig-refused"
    title = "The kubeconfig cannot be used"
    status = 422


class ComponentFailed(Problem):
    """Flux has given up on a release; it tries again as soon as Git brings another version."""

    type = "component-failed"
    title = "A component cannot be installed"
    status = 502


class NotResumable(Conflict):
    type = "watch-not-resumable"
    title = "There is nothing that could be watched"
