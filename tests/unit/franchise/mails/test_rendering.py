"""A mail's text and HTML say the same, in the reader's language, and nothing in it is obeyed."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from catalyst.vault.secret import Secret
from franchise.mails import kinds
from franchise.mails.rendering import render
from franchise.money import Money
from tests.unit.franchise.mails.wording import WHEN, words_of

LATIN = re.compile(r"[A-Za-z]{3,}")


def said(kind: str, language: str = "en", **changes: Any) -> Any:
    words = kinds.check(kind, {**words_of(kind), **changes})
    return render(kind=kind, words=words, language=language)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_given_any_kind_when_rendered_then_subject_text_and_html_are_there(
    kind: str, language: str
) -> None:
    mail = said(kind, language)
    assert mail.subject and "\n" not in mail.subject
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in mail.html
    assert "{{" not in mail.text + mail.html and "{%" not in mail.text + mail.html


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_given_any_kind_when_rendered_then_the_html_says_what_the_text_says(kind: str) -> None:
    mail = said(kind)
    shown = unescape(re.sub(r"<[^>]+>", " ", mail.html.partition("</h1>")[2]))
    links = re.findall(r'href="([^"]+)"', mail.html)
    plain = mail.text.replace("-- \n", "")
    for link in map(unescape, links):
        assert link in plain
        plain = plain.replace(link, "")
    assert re.sub(r"[\s:]", "", shown) == re.sub(r"[\s:]", "", plain)


@pytest.mark.parametrize("kind", sorted(kinds.KINDS))
def test_given_a_reader_of_arabic_when_rendered_then_no_sentence_is_left_in_english(
    kind: str,
) -> None:
    names = {"Acme", "OMR", "Catalyst", "acme"}
    mail = said(kind, "ar")
    text = re.sub(r"https?://\S+", "", f"{mail.subject}\n{mail.text}")
    assert set(LATIN.findall(text)) <= names


def test_given_money_and_a_day_when_rendered_then_written_as_the_language_writes_them() -> None:
    words = {"amount": Money(12_345, "OMR"), "ends": WHEN}
    english, arabic = said("credit-expiring", **words), said("credit-expiring", "ar", **words)
    assert "OMR\N{NO-BREAK SPACE}12.345" in english.subject  # w27: never dollars, never floats
    assert "3 December 2026" in english.subject
    assert "12.345" in arabic.text and "ديسمبر" in arabic.text


def test_given_a_name_with_lines_and_tags_in_it_when_rendered_then_it_stays_a_name() -> None:
    evil = 'Acme\r\nBcc: all@example.com\n\nPay here:\nhttps://evil.example/ <b onclick="x">'
    mail = said("invite", organization=evil)
    assert "\n" not in mail.subject and "\r" not in mail.subject
    assert "https://evil.example/" not in re.findall(r'href="([^"]+)"', mail.html)
    assert "<b " not in mail.html
    assert not any(line.startswith(("Bcc", "https://evil")) for line in mail.text.splitlines())


def test_given_a_voucher_when_rendered_then_code_and_link_are_in_it_and_a_way_to_stop() -> None:
    code = Secret("ABCD-EFGH-JKMN")
    words = kinds.check("voucher-issued", {**words_of("voucher-issued"), "code": code})
    mail = render(
        kind="voucher-issued", words=words, language="en", stop_url="https://c.example/mail/1:x/"
    )
    assert "    ABCD-EFGH-JKMN\n" in mail.text
    assert "?code=ABCD-EFGH-JKMN" in mail.text
    assert "https://c.example/mail/1:x/" in mail.text and "https://c.example/mail/1:x/" in mail.html
