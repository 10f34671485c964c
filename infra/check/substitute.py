"""Flux's `postBuild.substitute`, in its strict mode: every variable is given or the tree is wrong.

The forms that Flux documents: `${NAME}`, `${NAME:=default}`, `${NAME:-default}`, and `$${…}` for a
`${…}` that stays. Anything else after `${` is refused rather than guessed.
Source: fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_FORM = re.compile(
    r"\$\$\{(?P<kept>[^}]*)\}"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::[=-](?P<default>[^}]*))?\}"
    r"|(?P<odd>\$\{[^}\n]*\}?)"
)
# How the reference marked what somebody should have replaced (fault 11).
_LEFT_OVER = re.compile(r"\b[A-Z][A-Z0-9_]*_PLACEHOLDER\b")


class NotSubstituted(Exception):
    """What is left over, each with its line."""


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """The text with all variables put in. Raises `NotSubstituted` naming all that could not be."""
    wrong: list[str] = []

    def put_in(match: re.Match[str]) -> str:
        if match["kept"] is not None:
            return f"${{{match['kept']}}}"
        if match["odd"] is not None:
            wrong.append(f"line {_line(text, match.start())}: {match['odd']} is no form we allow")
            return match[0]
        value = variables.get(match["name"])
        if value is None:
            value = match["default"]
        if value is None:
            wrong.append(f"line {_line(text, match.start())}: {match['name']} is not given")
            return match[0]
        return value

    result = _FORM.sub(put_in, text)
    wrong += [
        f"line {_line(text, match.start())}: {match[0]}" for match in _LEFT_OVER.finditer(text)
    ]
    if wrong:
        raise NotSubstituted("; ".join(wrong))
    return result


def names(text: str) -> set[str]:
    """The variables that a text asks for, with or without a default."""
    return {match["name"] for match in _FORM.finditer(text) if match["name"]}


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
