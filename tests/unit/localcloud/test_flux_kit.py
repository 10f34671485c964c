"""What installing the kit for real has shown, held without a cluster."""

from __future__ import annotations

import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from infra.check import charts
from infra.localcloud.machines.kubelet.images import Images
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


@pytest.mark.parametrize("image", LISTED)
def test_given_an_image_with_a_program_then_the_kit_has_it_and_the_program_is_here(
    image: str,
) -> None:
    _, _, repository = image.partition("/")
    assert any(
        f"{repository}:" in text or f"repository: {repository}," in text
        for text in ((chart.path / "values.yaml").read_text() for chart in charts.every())
    )
    places = programs.places() | {"python_bin": str(Path(sys.executable).parent)}
    program = Images([IMAGES], places).find(f"{image}:1")
    assert program is not None
    assert shutil.which(program.entrypoint[0], path=":".join(program.path))
