"""Where the pinned providers are, as tofu's CLI configuration says; nothing else is allowed in it.

https://opentofu.org/docs/cli/config/config-file/#provider-installation
"""

from __future__ import annotations

import re
from pathlib import Path

from sovereign_wizard.tofu.problems import ProvidersNotPinned

_ONLY_A_MIRROR = re.compile(
    r'\s*provider_installation\s*\{\s*filesystem_mirror\s*\{\s*path\s*=\s*"(?P<path>/[^"]+)"\s*\}\s*\}\s*\Z'
)


def folder(cli_config: Path) -> Path:
    """The mirror. Raises ProvidersNotPinned for a configuration that allows more than a mirror."""
    try:
        found = _ONLY_A_MIRROR.match(cli_config.read_text())
    except OSError as error:
        raise ProvidersNotPinned(f"{cli_config} cannot be read.") from error
    if found is None:
        raise ProvidersNotPinned(f"{cli_config} names more than one folder of pinned providers.")
    return Path(found["path"])
