"""Test 19 of the specification: what a look at the whole world means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dns.byo.values import Asked, Round
from dns.byo.verdict import enough, judge

OURS = ("ns1.openova.io", "ns2.openova.io", "ns3.openova.io")
OLD = ("dns1.old.net", "dns2.old.net")
AT = "2026-01-01T00:00:00+00:00"


def said(group: str, server: str, answer: tuple[str, ...] = OURS, **more: str) -> Asked:
    problem = "" if answer == OURS else f"still names {', '.join(answer)}"
    asked = Asked(group, server, "192.0.2.1", answer, 60, AT, problem, rcode="NOERROR")
    return replace(asked, **more)


def world(
    *, parents: list[Asked] | None = None, ours: list[Asked] | None = None,
    resolvers: list[Asked] | None = None,
) -> Round:  # fmt: skip
    return Round(
        (
            *(parents or [said("parent", "a.tld"), said("parent", "b.tld")]),
            *(ours or [said("ours", name) for name in OURS]),
            *(resolvers or [said("resolver", f"r{n}") for n in (1, 2, 3)]),
        )
    )


def silent(group: str, server: str) -> Asked:
    return said(group, server, (), problem="does not answer", rcode="")


def test_given_everybody_agrees_then_right() -> None:
    verdict = judge(world(), OURS)
    assert (verdict.kind, verdict.right, verdict.here, verdict.all_here) == (
        "right", True, True, True,
    )  # fmt: skip


def test_given_two_of_three_resolvers_new_then_right() -> None:
    late = said("resolver", "r3", OLD)
    verdict = judge(world(resolvers=[said("resolver", "r1"), said("resolver", "r2"), late]), OURS)
    assert verdict.right


def test_given_one_of_three_resolvers_new_then_split_and_who_is_late_is_named() -> None:
    some = [said("resolver", "r1"), said("resolver", "r2", OLD), silent("resolver", "r3")]
    verdict = judge(world(resolvers=some), OURS)
    assert verdict.kind == "split" and not verdict.right and verdict.all_here
    assert "1 of 3" in verdict.text and "r2" in verdict.text


def test_given_a_resolver_that_remembers_nxdomain_then_it_counts_as_late() -> None:
    cached = said("resolver", "r1", (), rcode="NXDOMAIN", problem="says that there is no such …")
    verdict = judge(world(resolvers=[cached]), OURS)
    assert verdict.kind == "split"


def test_given_a_lame_ns2_then_lame_and_it_is_ours_to_mend() -> None:
    lame = said("ours", "ns2.openova.io", (), problem="does not answer for the domain (no AA)")
    verdict = judge(world(ours=[said("ours", OURS[0]), lame, said("ours", OURS[2])]), OURS)
    assert verdict.kind == "lame" and "ns2.openova.io" in verdict.text and not verdict.right


def test_given_two_of_our_three_and_an_old_one_then_mixed_and_what_to_do() -> None:
    both = ("dns1.old.net", *OURS[:2])
    verdict = judge(world(parents=[said("parent", "a.tld", both)]), OURS)
    assert (verdict.kind, verdict.here, verdict.all_here) == ("mixed", True, False)
    assert "take dns1.old.net out" in verdict.text and f"add {OURS[2]}" in verdict.text


def test_given_parents_that_do_not_agree_then_mixed_and_not_right() -> None:
    verdict = judge(world(parents=[said("parent", "a.tld"), said("parent", "b.tld", OLD)]), OURS)
    assert verdict.kind == "mixed" and "do not agree" in verdict.text


def test_given_the_old_servers_then_not_yet() -> None:
    verdict = judge(world(parents=[said("parent", "a.tld", OLD)]), OURS)
    assert (verdict.kind, verdict.here) == ("not-yet", False) and "dns1.old.net" in verdict.text


def test_given_a_parent_server_that_is_down_then_the_others_decide() -> None:
    assert judge(world(parents=[said("parent", "a.tld"), silent("parent", "b.tld")]), OURS).right


def test_given_no_parent_server_then_nobody_is_believed() -> None:
    verdict = judge(world(parents=[silent("parent", "a.tld")]), OURS)
    assert (verdict.kind, verdict.right, verdict.here) == ("silent", False, False)


def test_given_no_such_domain_then_gone() -> None:
    gone = said("parent", "a.tld", (), rcode="NXDOMAIN", problem="no such domain")
    assert judge(world(parents=[gone]), OURS).kind == "gone"


def test_given_a_resolver_that_finds_it_bogus_then_never_right() -> None:
    broken = said("resolver", "r3", (), rcode="BOGUS", problem="does not trust the answer")
    some = [said("resolver", "r1"), said("resolver", "r2"), broken]
    assert judge(world(resolvers=some), OURS).kind == "bogus"


@pytest.mark.parametrize(("count", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4)])
def test_given_so_many_resolvers_then_two_thirds_have_to_agree(count: int, needed: int) -> None:
    assert enough(count) == needed


def test_given_a_round_when_kept_as_json_then_it_comes_back_the_same() -> None:
    seen = world(resolvers=[said("resolver", "r1", OLD)])
    assert Round.of_json(seen.as_json()) == seen
