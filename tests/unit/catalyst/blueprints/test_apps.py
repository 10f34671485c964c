"""The Apps are those of the specification, and nothing is said to be installable that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalyst.blueprints.apps import App, apps, with_services
from catalyst.blueprints.files import BlueprintFault
from catalyst.blueprints.manifests import CHARTS, applications

THERE = apps()
PLANS = {"s", "m", "l", "xl"}


def test_given_the_specification_then_there_are_its_27_apps_two_of_ours_and_three_services() -> (
    None
):
    assert len(THERE) == 32
    assert {each.id for each in THERE.values() if each.system} == {"mysql", "postgres", "redis"}
    assert sum(each.choosable for each in THERE.values()) == 15
    assert [each.title for each in THERE.values()] == sorted(
        (each.title for each in THERE.values()), key=str.lower
    )


def test_given_any_app_then_its_figures_plans_and_words_are_there() -> None:
    for each in THERE.values():
        assert each.summary.endswith(".") and each.icon and each.category
        assert min(each.usage.memory, each.usage.cpu, each.usage.disk) > 0
        assert each.system is (each.plans is None)
        assert each.plans is None or {each.plans.least, each.plans.suits} <= PLANS


def test_given_the_charts_then_an_app_is_installable_just_where_one_is_its() -> None:
    charts = {path.parent.name for path in CHARTS.glob("app-*/Chart.yaml")}
    assert {f"app-{each.id}" for each in THERE.values() if each.installable} == charts
    assert {each.chart for each in THERE.values()} == {f"bp-{name}" for name in charts} | {""}


def test_given_apps_with_charts_then_what_is_made_for_them_and_what_they_need_is_known() -> None:
    gitea, postgres = THERE["gitea"], THERE["postgres"]
    assert (gitea.secrets, gitea.has_page, gitea.needs) == (
        ("admin-password",),
        True,
        ("postgres",),
    )
    assert (postgres.secrets, postgres.has_page, postgres.needs) == ((), False, ())


def test_given_an_application_under_another_name_when_read_then_that_is_a_fault(
    tmp_path: Path,
) -> None:
    told = (CHARTS / "app-radicale/blueprint.yaml").read_text()
    (folder := tmp_path / "radicale").mkdir()
    (folder / "blueprint.yaml").write_text(told.replace("bp-app-radicale", "bp-radicale"))
    with pytest.raises(BlueprintFault, match="radicale"):
        applications(tmp_path)


def test_given_two_apps_of_one_database_then_it_comes_along_once() -> None:
    def names(found: tuple[App, ...]) -> list[str]:
        return [each.id for each in found]

    assert names(with_services(["ghost", "wordpress"])) == ["ghost", "mysql", "wordpress"]
    assert names(with_services([])) == []


def test_given_an_app_that_needs_what_there_is_not_then_that_is_a_fault(tmp_path: Path) -> None:
    (file := tmp_path / "apps.yaml").write_text(
        "apps: {a: {title: A, summary: Is., category: x, icon: x, needs: [b],"
        " usage: {memory: 1, cpu: 1, disk: 1}}}"
    )
    with pytest.raises(BlueprintFault, match="'b'"):
        apps(file)


ROOM = "title: A, summary: Is., category: x, icon: x, usage: {memory: 1, cpu: 1, disk: 1}"


@pytest.mark.parametrize(
    ("needs", "says"),
    [
        ("[b], b: [a]", "cycle"),
        ("[{blueprint: b, version: newest}]", "newest"),
        ("[{blueprint: b, when: sometimes}]", "sometimes"),
        ("[{blueprint: b, alias: B B}]", "B B"),
        ("[{blueprint: b, colour: red}]", "colour"),
    ],
)
def test_given_needs_that_cannot_be_when_loaded_then_that_is_a_fault(
    tmp_path: Path, needs: str, says: str
) -> None:
    of_a, _, of_b = needs.partition(", b: ")
    (file := tmp_path / "apps.yaml").write_text(
        f"apps: {{a: {{{ROOM}, needs: {of_a}}}, b: {{{ROOM}, needs: {of_b or '[]'}}}}}"
    )
    with pytest.raises(BlueprintFault, match=says):
        apps(file)


def test_given_a_need_with_versions_and_a_condition_then_it_is_kept(tmp_path: Path) -> None:
    (file := tmp_path / "apps.yaml").write_text(
        f"apps: {{b: {{{ROOM}}}, a: {{{ROOM}, needs: [{{blueprint: bp-b, version: ^1.0, alias: c,"
        ' when: "{{ .config.x }}"}]}}'
    )
    (need,) = apps(file)["a"].depends
    assert (need.blueprint, need.version, need.name) == ("b", "^1.0", "c")
    assert apps(file)["a"].needs == ("b",)
    assert need.holds({"x": True}) and not need.holds({})
    assert need.takes("1.4.0") and need.takes("") and not need.takes("2.0.0")
