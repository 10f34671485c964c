"""The reserved words: any version of the list, and changes to the newest."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from catalyst.problem import NotFound, Problem
from dns.backoffice import selectors, services
from dns.backoffice.forms import FilterWordsForm, WordForm, WordReasonForm, say
from dns.backoffice.views.shell import actor, by_htmx, page, show
from dns.reserved import services as reserved
from dns.reserved.models import ReservedWord

TAB = "reserved-words"


@page("GET", "HEAD", "POST")
def words(request: HttpRequest) -> HttpResponse:
    """The list; POST puts a word on it."""
    form = WordForm(request.POST) if request.method == "POST" else WordForm()
    if request.method == "POST" and form.is_valid():
        try:
            reserved.add(**form.cleaned_data, actor=actor(request))
        except Problem as problem:
            say(form, problem)
        else:
            messages.success(request, f"Nobody can take “{form.cleaned_data['word']}” any more.")
            return redirect("reserved-words")
    return _list(request, form)


@page("GET", "HEAD", "POST")
def word(request: HttpRequest, word: str) -> HttpResponse:
    """One word: another reason for it."""
    row = _on_the_list(word)
    first = {"reason": row.reason}
    posted = request.method == "POST"
    form = WordReasonForm(request.POST) if posted else WordReasonForm(initial=first)
    if posted and form.is_valid():
        try:
            services.change_reason(
                word=row.word, reason=form.cleaned_data["reason"], actor=actor(request)
            )
        except Problem as problem:
            say(form, problem)
        else:
            messages.success(request, f"“{row.word}” has another reason.")
            return redirect("reserved-words")
    status = 422 if form.errors else 200
    return show(request, "word", {"row": row, "form": form}, tab=TAB, status=status)


@page("POST")
def free(request: HttpRequest, word: str) -> HttpResponse:
    """Take a word off the list."""
    reserved.remove(word=word, actor=actor(request))
    messages.success(request, f"Anybody may take “{word}” now.")
    return redirect("reserved-words")


def _on_the_list(word: str) -> ReservedWord:
    found = selectors.reserved_word(word)
    if found is None:
        raise NotFound(f"“{word}” is not on the list.")
    return found


def _list(request: HttpRequest, form: WordForm) -> HttpResponse:
    newest = selectors.newest_version()
    wish = FilterWordsForm(request.GET)
    chosen = wish.cleaned_data if wish.is_valid() else {}
    version = min(chosen.get("version") or newest, newest)
    found = selectors.words_of(version=version, having=chosen.get("q", ""))
    context = {
        "form": form,
        "filter": wish,
        "words": found,
        "version": version,
        "newest": newest,
        "changes": selectors.word_changes(),
        "q": chosen.get("q", ""),
    }
    template = "_words" if by_htmx(request) else "words"
    return show(request, template, context, tab=TAB, status=422 if form.errors else 200)
