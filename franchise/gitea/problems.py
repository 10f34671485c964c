"""What Gitea can answer that is no success."""

from __future__ import annotations

from catalyst.language.words import lazy
from catalyst.problem import Problem


class GiteaProblem(Problem):
    """It refused, in a way that asking again does not mend."""

    type = "gitea"
    title = lazy("The Git server refused")
    status = 502


class Away(GiteaProblem):
    """No answer, an answer of the 5xx kind, or one that is not as its API says."""

    type = "gitea-away"
    title = lazy("The Git server does not answer at the moment")
    status = 503


class TokenRefused(GiteaProblem):
    type = "gitea-token-refused"
    title = lazy("The Git server does not accept our token")


class Missing(GiteaProblem):
    """What was named is not there."""

    type = "gitea-missing"
    title = lazy("The Git server has nothing of this name")
    status = 404


class WentOn(GiteaProblem):
    """Somebody committed to the branch in between: look again and repeat."""

    type = "gitea-went-on"
    title = lazy("The branch went on in the meantime")
    status = 409
