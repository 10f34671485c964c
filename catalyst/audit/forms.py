"""What to look for in the audit; everything may be left empty."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django import forms

from catalyst.audit.selectors import Wanted


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class FindForm(forms.Form):
    act = forms.CharField(label="Act begins with", max_length=80, required=False)
    object = forms.CharField(label="Object", max_length=200, required=False)
    actor = forms.CharField(label="Who", max_length=254, required=False)
    since = forms.DateField(
        label="From",
        required=False,
        widget=_date(),
        error_messages={"invalid": "A date: 2026-11-30."},
    )
    until = forms.DateField(
        label="To",
        required=False,
        widget=_date(),
        error_messages={"invalid": "A date: 2026-11-30."},
    )
    before = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput
    )

    def wanted(self) -> Wanted:
        """Only of a valid form. Days are UTC; the last one is in it."""
        data = self.cleaned_data

        def at(day: date | None, moment: time) -> datetime | None:
            return datetime.combine(day, moment, UTC) if day else None

        return Wanted(
            act=data["act"].strip(),
            actor=data["actor"].strip(),
            object=data["object"].strip(),
            since=at(data["since"], time.min),
            until=at(data["until"], time.max),
        )
