"""What a round means, in one word and one sentence. Pure: values in, a value out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dns.byo.values import Asked, Round, Verdict

AGREEING = 2  # right rounds in a row
SHARE = 2 / 3  # of the resolvers


def enough(count: int) -> int:
    """How many of `count` resolvers have to agree."""
    return max(1, math.ceil(count * SHARE))


def judge(round_: Round, wanted: Sequence[str]) -> Verdict:
    """`wanted`: our name servers, sorted. Right: every server of the parent that answers names them
    and nobody else, each of ours answers, and two of three resolvers see it.
    """
    ours = set(wanted)
    parents = round_.of("parent")
    heard = [one for one in parents if one.heard]
    here = any(ours & set(one.answer) for one in heard)
    all_here = bool(heard) and all(set(one.answer) == ours for one in heard)

    def say(kind: str, text: str, *, right: bool = False) -> Verdict:
        return Verdict(kind, text, right=right, here=here, all_here=all_here)

    if not heard:
        return say("silent", "None of the parent's servers answers at the moment. We ask again.")
    if not here:
        return say(*_away(heard))
    if not all_here:
        return say(*_mixed(heard, ours))
    if lame := [one for one in round_.of("ours") if not one.ok]:
        return say(
            "lame",
            f"The parent sends people to us, but {_names(lame)} {lame[0].problem}. "
            "That is ours to mend; we are looking at it.",
        )
    resolvers = round_.of("resolver")
    if broken := [one for one in resolvers if one.rcode == "BOGUS"]:
        return say(
            "bogus",
            f"{_names(broken)} does not trust the answers: an old DS record is still believed. "
            "It goes away by itself when its time to live is over.",
        )
    agree = [one for one in resolvers if one.ok]
    if len(agree) < enough(len(resolvers)):
        late = [one for one in resolvers if not one.ok]
        return say(
            "split",
            f"The parent names our servers. {len(agree)} of {len(resolvers)} resolvers have seen "
            f"it; {_names(late)} {late[0].problem}. That ends by itself when caches run out.",
        )
    return say("right", "The parent and the world name our servers, and nobody else.", right=True)


def _away(heard: Sequence[Asked]) -> tuple[str, str]:
    named = sorted({name for one in heard for name in one.answer})
    if named:
        return "not-yet", f"The parent still names {', '.join(named)}."
    if all(one.rcode == "NXDOMAIN" for one in heard):
        return "gone", "The parent says that there is no such domain (yet)."
    return "not-yet", "The parent does not delegate this name to anybody yet."


def _mixed(heard: Sequence[Asked], ours: set[str]) -> tuple[str, str]:
    strange = sorted({name for one in heard for name in one.answer} - ours)
    missing = sorted({name for one in heard for name in ours - set(one.answer)})
    parts = []
    if strange:
        parts.append(f"take {', '.join(strange)} out")
    if missing:
        parts.append(f"add {', '.join(missing)}")
    todo = " and ".join(parts)
    if any(not ours & set(one.answer) for one in heard):
        return "mixed", f"The parent's servers do not agree yet. If it stays like this: {todo}."
    text = "Mixed delegation: the parent names some of our servers beside others, or not all of "
    return "mixed", f"{text}them, so people get different answers. Please {todo}."


def _names(some: Sequence[Asked]) -> str:
    return ", ".join(one.server for one in some)
