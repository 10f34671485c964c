"""What scripts say: `static/src/js/words.js` reads it from the page. English needs none of it."""

from __future__ import annotations

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

# As they stand in static/src/js; a test compares.
WORDS = (
    gettext_noop("just now"),
    gettext_noop("Copied"),
    gettext_noop("Not allowed to copy"),
    gettext_noop("Notify me here"),
    gettext_noop("Stop notifying me here"),
    gettext_noop("This browser has no notifications."),
    gettext_noop("You are notified when it waits, stops or is ready, while this tab is open."),
    gettext_noop(
        "This browser refuses notifications of this site. Allow them in its settings for this site."
    ),
    gettext_noop("While this page is open in a tab, even in the background."),
    gettext_noop("live"),
    gettext_noop("reconnecting"),
    gettext_noop("finished"),
    gettext_noop("you may no longer read this log"),
    gettext_noop("connecting"),
    gettext_noop("complete"),
    gettext_noop(", hash ok"),
    gettext_noop(", HASH DIFFERS"),
)


def translated() -> dict[str, str]:
    """English → the language of the page; nothing for English."""
    if (get_language() or "en") == "en":
        return {}
    return {words: _(words) for words in WORDS}
