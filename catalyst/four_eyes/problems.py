"""Why an act does not happen yet, and why a word does not count."""

from catalyst.problem import Conflict, Forbidden


class SecondPersonNeeded(Conflict):
    """Nothing was done. `approval` is the id of what waits, `page` its path, `until` its end."""

    type = "second-person-needed"
    title = "A second person has to agree"
    stays = True


class SamePerson(Forbidden):
    type = "second-person-is-the-first"
    title = "This needs somebody else"


class NotOpen(Conflict):
    type = "approval-not-open"
    title = "This does not wait for an answer any more"
