"""What can be wrong with a choice of components or Apps."""

from __future__ import annotations

from catalyst.problem import Invalid


class UnknownComponent(Invalid):
    type = "unknown-component"
    title = "There is no such component"


class MissingComponents(Invalid):
    """`extra["missing"]`: chosen component → what it needs that was not chosen."""

    type = "missing-components"
    title = "A component needs another one"


class UnknownApp(Invalid):
    type = "unknown-app"
    title = "There is no such App to choose"
