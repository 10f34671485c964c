"""Words that are marked where they stand and said in the reader's language when they are drawn."""

from __future__ import annotations

from typing import cast

from django.utils.translation import gettext_lazy


def lazy(words: str) -> str:
    """Words of a module or a class, which are there before anybody asks for a page.

    It is `gettext_lazy`, typed as the text it stands for: use it in f-strings, templates, forms and
    comparisons; before `join` or JSON say `str()`.
    """
    return cast(str, gettext_lazy(words))
