"""The log: no gap, one order, a running hash that a reader can compute for itself."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.db import transaction

from catalyst.eventlog.compaction import compact
from catalyst.eventlog.redaction import MASK, Redactor
from catalyst.eventlog.services import (
    LONGEST_TEXT,
    Line,
    append,
    finish,
    may_read,
    read,
    reopen,
)
from catalyst.models import Entry, Stream
from catalyst.vault.secret import Secret
from tests.integration.catalyst.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LOG = "test:reader@example.com"


def chain(entries: list[dict[str, Any]]) -> str:
    """The running hash as a client computes it from the entries it was sent."""
    value = ""
    for entry in entries:
        fields = [entry[name] for name in ("seq", "at", "level", "phase", "text")]
        document = json.dumps([value, *fields], ensure_ascii=False)
        value = hashlib.sha256(document.encode()).hexdigest()
    return value


def test_given_20_writers_when_at_once_then_seq_has_no_gap_and_the_chain_is_right() -> None:
    answers = at_once(
        20, lambda number: [append(LOG, [Line(f"{number}-{i}-€")] * 3) for i in range(5)]
    )
    assert all(isinstance(answer, list) for answer in answers), answers
    page = read(LOG, limit=1000)
    assert [entry["seq"] for entry in page.entries] == list(range(1, 301))
    assert page.last_seq == 300
    assert page.chain == chain(page.entries)


def test_given_one_changed_line_when_hashed_then_the_chain_differs() -> None:
    append(LOG, [Line("one"), Line("two"), Line("three")])
    page = read(LOG)
    page.entries[1]["text"] = "two!"
    assert page.chain != chain(page.entries)


def test_given_writers_while_pages_are_read_then_each_page_hashes_to_its_own_last_line() -> None:
    append(LOG, [Line("first")])

    def write_or_read(number: int) -> bool:
        if number == 0:
            for i in range(60):
                append(LOG, [Line(str(i))])
            return True
        pages = [read(LOG, limit=1000) for _ in range(60)]
        return all(
            page.entries[-1]["seq"] == page.last_seq and page.chain == chain(page.entries)
            for page in pages
        )

    assert at_once(3, write_or_read) == [True, True, True]


def test_given_a_transaction_that_fails_when_it_had_appended_then_no_seq_was_used() -> None:
    def act() -> None:
        with transaction.atomic():
            append(LOG, [Line("lost")])
            raise RuntimeError

    append(LOG, [Line("one")])
    with pytest.raises(RuntimeError):
        act()
    append(LOG, [Line("two")])
    page = read(LOG)
    assert [(entry["seq"], entry["text"]) for entry in page.entries] == [(1, "one"), (2, "two")]
    assert page.chain == chain(page.entries)


def test_given_more_lines_than_a_page_when_read_after_the_last_then_all_and_each_once() -> None:
    append(LOG, [Line(str(i)) for i in range(25)])
    seen: list[int] = []
    while entries := read(LOG, after=seen[-1] if seen else 0, limit=10).entries:
        seen += [entry["seq"] for entry in entries]
    assert seen == list(range(1, 26))


def test_given_secrets_in_text_and_data_when_appended_then_the_table_does_not_hold_them() -> None:
    token = 'to"ken\\with/odd+signs'
    line = Line(
        f"text {token}", data={"env": [f"TOKEN={token}", {token: json.dumps({"t": token})}]}
    )
    append(LOG, [line], redactor=Redactor([Secret(token)]))
    row = Entry.objects.get()
    assert row.text == f"text {MASK}"
    assert token not in json.dumps(row.data, ensure_ascii=False)
    assert json.dumps(token)[1:-1] not in json.dumps(row.data, ensure_ascii=False)
    assert row.data["env"][0] == f"TOKEN={MASK}"


def test_given_control_characters_in_text_and_data_when_appended_then_stored_without_them() -> None:
    append(
        LOG,
        [Line("a\x00b\x1b[31mc\r", data={"out\x00put": "\x00\x1b[1mbold\x1b[0m \ud800", "n": 1})],
    )
    row = Entry.objects.get()
    assert row.text == "abc"
    assert row.data == {"output": "bold ", "n": 1}


def test_given_tabs_newlines_and_copy_escapes_when_appended_then_read_back_as_they_were() -> None:
    text = "a\tb\\N\\.\n\\x41 'quoted' \\"
    append(LOG, [Line(text, source="s\tt")])
    assert read(LOG).entries[0]["text"] == text


def test_given_a_finished_log_when_reopened_then_it_goes_on_in_the_same_numbers() -> None:
    append(LOG, [Line("one")])
    with transaction.atomic():
        finish(LOG)
    assert read(LOG).finished
    reopen(LOG)
    assert append(LOG, [Line("two")]) == 2
    assert not read(LOG).finished


def test_given_an_unknown_log_when_read_then_empty() -> None:
    page = read("test:nobody")
    assert (page.entries, page.last_seq, page.finished) == ([], 0, False)
    assert not Stream.objects.exists()


def test_given_a_kind_nobody_permits_or_a_stranger_when_asked_then_no(person) -> None:
    reader = person()
    assert may_read(reader, LOG)
    assert not may_read(reader, "unheard-of:1")
    assert not may_read(person("other@example.com"), LOG)
    reader.is_active = False
    assert not may_read(reader, LOG)


@pytest.mark.parametrize("packed", [False, True], ids=["rows", "chunks"])
def test_given_a_canary_on_every_edge_of_long_lines_when_appended_then_found_nowhere(
    packed: bool,
) -> None:
    canary = "c4nary-" + "s3cret-" * 6
    redactor = Redactor([Secret(canary)])
    starts = range(LONGEST_TEXT - len(canary) - 1, LONGEST_TEXT + 2)
    append(LOG, [Line("x" * at + canary + "y" * LONGEST_TEXT) for at in starts], redactor=redactor)
    finish(LOG)
    if packed:
        compact(LOG)
    entries: list[dict[str, Any]] = []
    while page := read(LOG, after=len(entries)).entries:
        entries += page
    assert max(len(entry["text"]) for entry in entries) == LONGEST_TEXT
    joined = "".join(entry["text"] for entry in entries)
    assert "c4nary" not in joined and "s3cret" not in joined
    assert joined.count(MASK) == len(starts)
    # Every continuation says which line it continues.
    heads = [entry["seq"] for entry in entries if "continues" not in entry["data"]]
    assert len(heads) == len(starts)
    for entry in entries:
        first = entry["data"].get("continues", entry["seq"])
        assert first == max(seq for seq in heads if seq <= entry["seq"])
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert read(LOG).chain == chain(entries)


def test_given_a_token_nobody_told_us_of_in_data_when_appended_then_its_name_tells() -> None:
    token = "aB3" * 21 + "x"
    append(LOG, [Line("x", data={"hcloud_token": token, "sha256": "ab" * 32})])
    assert Entry.objects.get().data == {"hcloud_token": MASK, "sha256": "ab" * 32}
