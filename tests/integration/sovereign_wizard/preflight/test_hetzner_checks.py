"""Checks that ask Hetzner: token, project, limits, sizes, memory, clock. W13, W31."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from catalyst.vault.secret import Secret
from sovereign_wizard.catalog.project import LABEL
from sovereign_wizard.preflight.verdict import Answer, Verdict
from tests.integration.internet.running import serving
from tests.integration.sovereign_wizard.preflight.cloud_project import CloudProject

Examine = Callable[..., Verdict]


def test_w13_given_a_read_only_token_then_it_fails_and_nothing_was_made(
    examine_it: Examine,
) -> None:
    reader = CloudProject.new("ro")

    verdict = examine_it("token", token=reader.token)

    assert verdict.verdict is Answer.FAILED
    assert "Read & Write" in verdict.evidence
    assert reader.api("GET", "/ssh_keys").json()["ssh_keys"] == []


def test_w13_given_a_read_write_token_then_it_passes_and_nothing_was_made(
    examine_it: Examine, cloud_project: CloudProject
) -> None:
    verdict = examine_it("token")

    assert (verdict.verdict, verdict.milliseconds > 0) == (Answer.PASSED, True)
    assert cloud_project.api("GET", "/ssh_keys").json()["ssh_keys"] == []


def test_w13_given_a_made_up_token_then_only_its_own_check_fails(examine_it: Examine) -> None:
    token = Secret("x" * 64)

    assert examine_it("token", token=token).verdict is Answer.FAILED
    for check in ("project", "placement", "memory", "clock"):
        assert examine_it(check, token=token).verdict is Answer.UNKNOWN, check


def test_w13_given_a_size_that_is_sold_out_there_then_it_fails_and_names_what_there_is(
    examine_it: Examine, cloud_project: CloudProject
) -> None:
    with cloud_project.fault("sold_out", server_type="cx43", location="hel1"):
        here = examine_it("placement")
        elsewhere = examine_it("placement", region="nbg1")

    assert here.verdict is Answer.FAILED
    assert "cx43 cannot be had in hel1 now" in here.evidence
    assert "There is cx53" in here.evidence and "nbg1" in here.evidence
    assert elsewhere.verdict is Answer.PASSED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"region": "mars1"}, "no location mars1"),
        ({"control_plane_size": "cx999"}, "no server type cx999"),
        ({"worker_size": "cx22"}, "cx22 cannot be had"),
    ],
)
def test_given_what_hetzner_does_not_sell_then_placement_fails(
    examine_it: Examine, changes: dict[str, Any], words: str
) -> None:
    verdict = examine_it("placement", **changes)
    assert verdict.verdict is Answer.FAILED and words in verdict.evidence


def test_given_no_workers_then_their_size_is_not_asked_for(examine_it: Examine) -> None:
    verdict = examine_it("placement", worker_size="cx22", worker_count=0)
    assert verdict.verdict is Answer.PASSED


@pytest.mark.parametrize(
    ("size", "insists", "answer"),
    [
        ("cx43", False, Answer.PASSED),
        ("cpx32", False, Answer.FAILED),
        ("cpx32", True, Answer.WARNING),
    ],
)
def test_w31_given_a_control_plane_then_16_gb_or_somebody_insists(
    examine_it: Examine, size: str, insists: bool, answer: Answer
) -> None:
    verdict = examine_it("memory", control_plane_size=size, small_control_plane=insists)

    assert verdict.verdict is answer
    assert "16 GB" in verdict.evidence


def test_w31_given_the_vendor_changed_a_size_then_its_word_counts_not_a_table(
    examine_it: Examine,
) -> None:
    """Any ARM size of 16 GB passes, though nothing here ever names it."""
    assert examine_it("memory", control_plane_size="cax31").verdict is Answer.PASSED


def test_given_an_empty_project_then_it_passes_and_the_id_is_called_a_label(
    examine_it: Examine,
) -> None:
    verdict = examine_it("project")

    assert verdict.verdict is Answer.PASSED
    assert "3311" in verdict.evidence and "holds nothing" in verdict.evidence
    assert "your name for it" in verdict.evidence


def test_given_only_what_is_ours_then_the_project_passes(
    examine_it: Examine, cloud_project: CloudProject
) -> None:
    cloud_project.make_network("ours", **{LABEL: "d-1"})

    verdict = examine_it("project", deployment_id="d-1")

    assert verdict.verdict is Answer.PASSED
    assert "only 1 network of this Deployment" in verdict.evidence


def test_given_strangers_in_the_project_then_a_warning_that_counts_them(
    examine_it: Examine, cloud_project: CloudProject, ssh_public_key: str
) -> None:
    cloud_project.make_network("theirs", **{LABEL: "d-2"})
    cloud_project.make_network("by-hand")
    cloud_project.api("POST", "/ssh_keys", json={"name": "me", "public_key": ssh_public_key})

    verdict = examine_it("project", deployment_id="d-1")

    assert verdict.verdict is Answer.WARNING
    assert "1 network of another Deployment, d-2" in verdict.evidence
    assert "1 network, 1 SSH key without our label" in verdict.evidence


def test_given_no_limits_in_the_api_then_unknown_with_what_is_needed(examine_it: Examine) -> None:
    one, three = examine_it("quota"), examine_it("quota", ha_enabled=True, worker_count=2)

    assert one.verdict is three.verdict is Answer.UNKNOWN
    assert "2 servers" in one.evidence and "5 servers" in three.evidence


def test_given_an_account_hetzner_locked_then_the_check_says_so_in_plain_words(
    examine_it: Examine, cloud_project: CloudProject
) -> None:
    locked = {"status": 403, "code": "forbidden", "message": "account locked"}
    with cloud_project.fault("status", **locked):
        verdict = examine_it("memory")

    assert verdict.verdict is Answer.FAILED
    assert "The token is not allowed to do this" in verdict.evidence


def test_given_the_same_time_then_the_clock_passes(examine_it: Examine) -> None:
    assert examine_it("clock").verdict is Answer.PASSED


@contextmanager
def another_clock(date: str | None) -> Iterator[str]:
    """A server on this computer that believes it is some other time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            if date:
                self.send_header("Date", date)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}/v1"


@pytest.mark.parametrize(
    ("apart", "answer"),
    [(-3600, Answer.FAILED), (90, Answer.FAILED), (20, Answer.PASSED), (None, Answer.UNKNOWN)],
)
def test_given_hetzners_clock_then_up_to_a_minute_apart_passes(
    examine_it: Examine, settings: Any, apart: int | None, answer: Answer
) -> None:
    there = None if apart is None else datetime.now(UTC) + timedelta(seconds=apart)
    with another_clock(format_datetime(there, usegmt=True) if there else None) as endpoint:
        settings.CATALYST = settings.CATALYST.model_copy(update={"hcloud_endpoint": endpoint})
        verdict = examine_it("clock")

    assert verdict.verdict is answer, verdict.evidence
