"""What the cluster's API can answer that is no success."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Problem


class ClusterProblem(Problem):
    """It refused, in a way that asking again does not mend."""

    type = "cluster"
    title = lazy("The cluster refused")
    status = 502


class ClusterAway(ClusterProblem):
    """No answer, one of the 5xx kind, or one that is not as its API says: nothing is known."""

    type = "cluster-away"
    title = lazy("The cluster does not answer at the moment")
    status = 503


class NotAllowed(ClusterProblem):
    """Our account there may not do this, or is not believed."""

    type = "cluster-not-allowed"
    title = lazy("The cluster does not let us do this")


class Absent(ClusterProblem):
    """There is no such object, or no such kind."""

    type = "cluster-absent"
    title = lazy("The cluster has nothing of this name")
    status = 404
