"""What Grafana and Prometheus ask for exists: every name and label against a real `/metrics`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

HERE = Path(settings.BASE_DIR)
DASHBOARD = json.loads((HERE / "infra/observability/dashboard.json").read_text())
ALERTS = yaml.safe_load((HERE / "infra/observability/alerts.yaml").read_text())
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
WRITTEN_BY_PROMETHEUS = {"instance", "job"}
MENTIONED = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")


def expressions() -> Iterator[Any]:
    for panel in PANELS:
        for number, target in enumerate(panel["targets"]):
            yield pytest.param(
                target["expr"], target["legendFormat"], id=f"{panel['title']} {number}"
            )
    for rule in RULES:
        yield pytest.param(rule["expr"], rule["annotations"]["summary"], id=rule["alert"])


def selectors(node: Any) -> Iterator[promql.VectorSelector]:
    """Every series an expression asks for."""
    if isinstance(node, promql.VectorSelector):
        yield node
    elif isinstance(node, promql.MatrixSelector):
        yield node.vector_selector
    elif isinstance(node, promql.BinaryExpr):
        yield from selectors(node.lhs)
        yield from selectors(node.rhs)
    elif isinstance(node, promql.Call):
        for argument in node.args:
            yield from selectors(argument)
    elif isinstance(node, (promql.AggregateExpr, promql.ParenExpr, promql.SubqueryExpr)):
        yield from selectors(node.expr)
    else:
        assert isinstance(node, promql.NumberLiteral), type(node)


def grouped(node: Any) -> Iterator[str]:
    """Labels that aggregations group by."""
    if isinstance(node, promql.AggregateExpr):
        if node.modifier is not None:
            yield from node.modifier.labels
        yield from grouped(node.expr)
    for name in ("lhs", "rhs", "expr"):
        if not isinstance(node, promql.AggregateExpr) and hasattr(node, name):
            yield from grouped(getattr(node, name))
    for argument in getattr(node, "args", ()):
        yield from grouped(argument)


@pytest.fixture
def told(everything: None) -> dict[str, set[str]]:
    """Sample name → its label names, from a real answer."""
    text = Client().get("/metrics").content.decode()
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize(("expression", "words"), [*expressions()])
def test_given_a_real_answer_when_an_expression_is_read_then_its_names_and_labels_exist(
    expression: str, words: str, told: dict[str, set[str]]
) -> None:
    tree = promql.parse(expression)
    asked = list(selectors(tree))

    assert asked
    labels = set(WRITTEN_BY_PROMETHEUS)
    for selector in asked:
        assert selector.name in told, f"nobody tells {selector.name}"
        labels |= told[selector.name]
        assert {matcher.name for matcher in selector.matchers.matchers} <= told[selector.name]
    assert set(grouped(tree)) <= labels
    assert set(MENTIONED.findall(words)) <= set(grouped(tree))


def test_given_every_family_when_the_dashboard_is_read_then_it_shows_them_all(
    told: dict[str, set[str]],
) -> None:
    asked = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])

    ours = {re.sub(r"_(bucket|sum|count|created)$", "", name) for name in told}

    assert {name for name in ours if name not in asked} == set()


def test_given_the_dashboard_when_laid_out_then_no_panel_covers_another() -> None:
    places: dict[tuple[int, int], str] = {}
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert places.setdefault((x, y), panel["title"]) == panel["title"]
    assert max(x for x, _ in places) == 23
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_given_an_alert_when_it_fires_then_a_runbook_says_what_to_do(rule: dict[str, Any]) -> None:
    runbook = (HERE / rule["annotations"]["runbook"]).read_text()

    for part in ("**What it means.**", "**Look.**", "**Do.**", "**Afterwards.**"):
        assert part in runbook
    assert rule["labels"]["severity"] in {"page", "ticket"}
    for name in re.findall(r"\]\((\S+?\.md)\)", runbook):
        assert (HERE / "docs/runbooks" / name).exists()
