"""Who reads which language: chosen in the top bar, kept with the person, or the browser's."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from catalyst.identity.models import User

pytestmark = pytest.mark.django_db
ARABIC = {"accept-language": "ar-OM,ar;q=0.9,en;q=0.5"}
RTL, LTR = '<html lang="ar" dir="rtl"', '<html lang="en" dir="ltr"'


@pytest.fixture
def somebody(person) -> User:  # type: ignore[no-untyped-def]
    found: User = person("reader@example.com", "member")
    return found


def choose(client: Client, language: str, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/language/", {"language": language, **more})


def test_given_no_choice_when_reading_then_the_browsers_language_or_english() -> None:
    page = Client().get("/login/", headers=ARABIC)
    assert RTL in page.text
    assert page["Content-Language"] == "ar"
    assert "Accept-Language" in page["Vary"]
    assert "<title>تسجيل الدخول" in page.text
    assert LTR in Client().get("/login/").text
    assert LTR in Client().get("/login/", headers={"accept-language": "fr"}).text


def test_given_a_choice_when_sent_then_kept_in_a_cookie_no_script_reads_and_back_at_the_page() -> (
    None
):
    client = Client()
    answer = choose(client, "ar", next="/login/?next=/sovereign/")
    assert answer.status_code == 302
    assert answer["Location"] == "/login/?next=/sovereign/"
    cookie = client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    assert not cookie["domain"]
    assert RTL in client.get("/login/").text
    choose(client, "en")
    assert LTR in client.get("/login/", headers=ARABIC).text


def test_given_an_unknown_language_or_a_foreign_address_when_sent_then_neither_is_taken() -> None:
    client = Client()
    answer = choose(client, "tlh", next="https://evil.example/")
    assert answer["Location"] == "/"
    assert settings.LANGUAGE_COOKIE_NAME not in client.cookies
    assert LTR in client.get("/login/").text


def test_given_a_form_of_another_site_when_sent_then_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert choose(client, "ar").status_code == 403
    assert Client().get("/language/").status_code == 405


def test_given_a_person_who_chose_when_in_another_browser_then_it_speaks_their_language(
    somebody: User,
    log_in,  # type: ignore[no-untyped-def]
) -> None:
    here = log_in(somebody)
    choose(here, "ar")
    somebody.refresh_from_db()
    assert somebody.language == "ar"
    there = log_in(somebody)
    page = there.get("/account/sessions/")
    assert RTL in page.text and "أين سجّلت الدخول" in page.text
    assert page["Content-Language"] == "ar"
    choose(there, "en")
    assert LTR in there.get("/account/sessions/").text


def test_given_a_page_when_drawn_then_it_offers_the_other_language_in_its_own_words(
    somebody: User,
    log_in,  # type: ignore[no-untyped-def]
) -> None:
    page = log_in(somebody).get("/account/sessions/").text
    assert 'value="ar" lang="ar" dir="rtl" aria-label="العربية">' in page
    assert 'name="next" value="/account/sessions/"' in page


def test_given_arabic_when_an_error_is_shown_then_its_page_and_its_document_are_arabic() -> None:
    page = Client().get("/nowhere", headers={**ARABIC, "accept": "text/html"})
    assert page.status_code == 404
    assert RTL in page.text and "لا يوجد شيء في هذا العنوان." in page.text
    document = Client().get("/nowhere", headers={**ARABIC, "accept": "application/json"}).json()
    assert document["type"] == "not-found"  # what programs branch on stays


def test_given_a_form_in_arabic_when_refused_then_the_reason_is_arabic() -> None:
    client = Client(headers=ARABIC)
    answer = client.post("/login/", {"username": "a@example.com", "password": "wrong"})
    assert answer.status_code == 422
    assert "البريد الإلكتروني وكلمة المرور غير متطابقين" in answer.text
