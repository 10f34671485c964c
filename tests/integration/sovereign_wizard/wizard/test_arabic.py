"""The wizard in Arabic: every step, its refusals, its review; names and figures stay."""

from __future__ import annotations

import re

import pytest
from django.utils.translation import override

from sovereign_wizard.wizard.steps import STEPS
from tests.integration.sovereign_wizard.conftest import Walk

pytestmark = pytest.mark.django_db
ARABIC = re.compile(r"[\u0600-\u06ff]")
COOKIE = "language"


@pytest.fixture
def arabic(walk: Walk, settings) -> Walk:  # type: ignore[no-untyped-def]
    walk.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ar"
    return walk


def test_given_arabic_when_walking_to_the_review_then_each_question_is_arabic(
    arabic: Walk,
) -> None:
    arabic.credentials()
    arabic.provider()
    arabic.domain("arabic")
    for step in STEPS:
        page = arabic.client.get(arabic.url(step.id))
        assert page.status_code == 200, step.id
        with override("ar"):
            question = str(step.question)
        assert ARABIC.search(question)
        assert '<html lang="ar" dir="rtl"' in page.text
        assert f"<h1>{question}</h1>" in page.text, step.id
    assert "<code>hel1</code>" in arabic.client.get(arabic.url("provider")).text
    review = page.text
    assert "<bdi>console.arabic." in review
    assert re.search(r"\u2066€[\d.]+\u2069", review)
    assert "سيحتسب Hetzner عليك" in review


def test_given_arabic_when_an_answer_is_bad_then_the_reason_stands_in_arabic_beside_it(
    arabic: Walk,
) -> None:
    page = arabic.begin(organization_name="")
    assert page.status_code == 422
    assert "أعطِ اسم المؤسسة." in page.text
    assert 'aria-describedby="id_organization_name-help id_organization_name-error"' in page.text


def test_given_arabic_when_the_map_and_sizes_are_drawn_then_every_number_keeps_its_point(
    arabic: Walk,
) -> None:
    arabic.credentials()
    page = arabic.client.get(arabic.url("provider")).text
    drawn = re.findall(r' (?:x|y|cx|cy|width|height|value|max)="(\d[^"]*)"', page)
    assert drawn and not [number for number in drawn if "," in number]
