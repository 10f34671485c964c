"""What installing the kit for real has shown, held without a cluster."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from infra.check import charts
from infra.localcloud.machines.kubelet import container
from infra.localcloud.machines.kubelet.images import Images
from infra.localcloud.machines.layout import CHECKOUT
from infra.localcloud.supply import programs
from infra.localcloud.supply.supply import IMAGES

PRODUCT = "ghcr.io/openova-io/catalyst"
LISTED = tomllib.loads(IMAGES.read_text())["images"]


def test_given_charts_that_run_our_image_then_it_is_the_version_that_the_product_has() -> None:
    """An image is pushed under the product's version only; another one could not be pulled."""
    (product,) = (chart for chart in charts.every() if chart.folder == "catalyst")
    found = {
        (chart.folder, version)
        for chart in charts.every()
        for version in re.findall(rf"{PRODUCT}:(\S+)", (chart.path / "values.yaml").read_text())
    }
    assert {folder for folder, _ in found} >= {"openbao", "powerdns"}
    assert {version for _, version in found} == {str(product.meta["appVersion"])}


@pytest.mark.parametrize("image", LISTED, ids=str)
def test_given_an_image_with_a_program_then_the_kit_has_it_and_the_program_is_here(
    image: str,
) -> None:
    # As one text, or as charts take it apart.
    first, _, rest = image.partition("/")
    assert any(image in text or (first in text and rest and rest in text) for text in kit_texts())
    python = Path(sys.executable)
    ours = {"python": python, "python_bin": python.parent, "python_home": python.parents[1]}
    places = programs.places() | {name: str(at) for name, at in ours.items()} | {"app_dir": "/"}
    program = Images([IMAGES], places).find(f"{image}:1")
    assert program is not None
    called = program.entrypoint[0]
    for at, source in program.files.items():
        called = called.replace(f"{at}/", f"{source}/", 1)
    found = shutil.which(called, path=":".join((*program.path, container.PATH)))
    assert found
    if Path(found).parent in map(Path, program.path):
        # All of it that the kubelet puts back where a Pod's volume hides it: no link leads out.
        seen = [CHECKOUT, Path(sys.prefix), *(Path(folder).resolve() for folder in program.path)]
        assert any(Path(found).resolve().is_relative_to(folder) for folder in seen)
    assert all(Path(source).exists() for source in program.files.values())


@cache
def kit_texts() -> list[str]:
    """Values and templates of the charts and of what stands for upstream's."""
    found = [*charts.ROOT.rglob("values.yaml"), *charts.ROOT.rglob("templates/*.yaml")]
    return [path.read_text() for path in found]
