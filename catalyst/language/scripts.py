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
    gettext_noop("connection lost, reconnecting"),
    gettext_noop("offline, goes on when you are back"),
    gettext_noop("finished"),
    gettext_noop("you are logged out: log in again"),
    gettext_noop("you may no longer read this log"),
    gettext_noop("connecting"),
    gettext_noop("{late} ms behind"),
    gettext_noop("{late} s behind"),
    gettext_noop("1 line to come"),
    gettext_noop("{count} lines to come"),
    gettext_noop("complete"),
    gettext_noop("hash ok"),
    gettext_noop("HASH DIFFERS"),
    gettext_noop("hash ok from line {line}"),
    gettext_noop("HASH DIFFERS from line {line}"),
    gettext_noop("Checking, {percent} %"),
    gettext_noop("1 line"),
    gettext_noop("{count} lines"),
    gettext_noop("{shown} of {total} lines"),
    gettext_noop("the filter failed, choose again"),
    gettext_noop("Resume"),
    gettext_noop("1 new line"),
    gettext_noop("{count} new lines"),
    gettext_noop("1 error"),
    gettext_noop("{count} errors"),
    gettext_noop("{news}. Last: {line}"),
    gettext_noop("{at} of {count}"),
    gettext_noop("no match"),
    gettext_noop("looking"),
    gettext_noop("Search failed, try again"),
    gettext_noop("Copied 1 line"),
    gettext_noop("Copied {count} lines"),
    gettext_noop("More than {most} lines: download them"),
    gettext_noop("No line to copy"),
    gettext_noop("Not copied: select the lines and press Ctrl+C"),
)


def translated() -> dict[str, str]:
    """English → the language of the page; nothing for English."""
    if (get_language() or "en") == "en":
        return {}
    return {words: _(words) for words in WORDS}
