"""The programs the checks run: helm and kubectl, from `infra.tools` or from PATH."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from infra.tools import manifest, obtain


@cache
def helm() -> Path:
    """Raises `ToolError` when it is not there."""
    return _path("helm")


@cache
def kubectl() -> Path:
    """Raises `ToolError` when it is not there."""
    return _path("kubectl")


def _path(name: str) -> Path:
    pins = manifest.load()
    if name in pins.tools and (found := obtain.locate(pins.tools[name])):
        return found.path
    here = Path(sys.executable).parent  # kubectl comes as a wheel
    if found_here := shutil.which(name, path=f"{here}{os.pathsep}{os.environ.get('PATH', '')}"):
        return Path(found_here)
    raise manifest.ToolError(f"{name} is not there: python3 infra/tools/fetch.py ensure {name}")
