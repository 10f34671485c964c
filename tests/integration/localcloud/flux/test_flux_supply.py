"""The registry has the whole kit, each content once; all may read Git, a push needs the key."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from infra.check import charts, tools
from infra.check.charts import Chart
from infra.localcloud.supply import kit, registry, repository
from infra.localcloud.supply.config import NAMESPACE
from infra.localcloud.supply.supply import SOURCE, TREE
from tests.integration.localcloud.flux.running import Supply, chart, git

pytestmark = pytest.mark.xdist_group("flux")


def test_given_the_kit_when_it_is_published_again_then_nothing_is_pushed(supply: Supply) -> None:
    kept = charts.every()
    assert f"pushed {len(kept)} charts" in supply.program.log.read_text()
    for each in kept:
        found = registry.annotations(supply.registry, f"{NAMESPACE}/{each.name}", each.version)
        assert found is not None
        assert kit.CONTENT in found
    assert kit.publish(kit.Shelf(supply.registry, tools.helm()), kept[:3]) == []


def test_given_a_chart_that_changed_when_it_is_published_then_the_new_one_is_pulled(
    supply: Supply, tmp_path: Path
) -> None:
    shelf = kit.Shelf(supply.registry, tools.helm())
    made = Chart(chart(tmp_path, "small", "1.0.0", "# one"))
    assert kit.publish(shelf, [made]) == ["small"]
    assert kit.publish(shelf, [made]) == []
    (made.path / "templates" / "all.yaml").write_text("# two")
    assert kit.publish(shelf, [made]) == ["small"]
    found = registry.annotations(supply.registry, f"{NAMESPACE}/small", "1.0.0")
    assert found is not None
    assert found[kit.CONTENT] == kit.hash_of(made.path)


def test_given_the_tree_when_it_is_cloned_then_it_is_the_one_of_this_checkout(
    supply: Supply,
) -> None:
    checkout = supply.clone("sovereign")
    names = git("-C", str(checkout.folder), "ls-files").stdout.splitlines()
    assert f"{TREE}/stages.yaml" in names
    for name in names:
        assert (checkout.folder / name).read_bytes() == (SOURCE / name).read_bytes()


def test_given_a_folder_when_it_is_published_then_it_is_committed_if_it_changed(
    tmp_path: Path,
) -> None:
    bare, source = tmp_path / "one.git", tmp_path / "source"
    source.mkdir()
    (source / "a").write_text("1")
    first = repository.publish(bare, source, ["."])
    assert repository.publish(bare, source, ["."]) == first
    (source / "a").write_text("2")
    second = repository.publish(bare, source, ["."])
    assert git(f"--git-dir={bare}", "rev-parse", "main", "main^").stdout.split() == [second, first]


def test_given_no_key_or_a_wrong_one_when_pushed_then_it_is_refused(supply: Supply) -> None:
    checkout = supply.repository("guarded", {"a": "1"})
    for key in (None, "wrong"):
        refused = checkout.push({"a": f"by {key}"}, key=key)
        assert refused.returncode != 0
    assert (supply.clone("guarded").folder / "a").read_text() == "1"
    # Larger than what git sends in one piece: then it comes chunked, without a length.
    large = random.Random(1).randbytes(2_000_000).hex()  # hard to compress
    pushed = checkout.push({"a": large})
    assert pushed.returncode == 0, pushed.stderr
    assert (supply.clone("guarded").folder / "a").read_text() == large
