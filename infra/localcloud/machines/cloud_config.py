"""cloud-init's cloud-config, the part machines act on: `write_files`, `packages`, `runcmd`.

Format: cloud-init documentation, "Cloud config" and the module `cc_write_files`. Unknown keys are
ignored, as cloud-init does. Commands are recorded here and never executed; that is `user_data`.
"""

import base64
import binascii
import gzip
import json
from dataclasses import dataclass
from typing import Any

import yaml

from infra.localcloud.machines.layout import MachineDir, write_private

HEADER = "#cloud-config"
# Where the commands are recorded: JSON, as the user data has them.
COMMANDS = "/var/lib/cloud/runcmd.json"
_BASE64 = {"b64", "base64"}
_GZIP = {"gz", "gzip"}
_BOTH = {"gz+base64", "gzip+base64", "gz+b64", "gzip+b64"}


class CloudConfigError(ValueError):
    """The user data says it is cloud-config and is not; the message names the place."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One entry of `write_files`; `mode` as a number, e.g. 0o600."""

    path: str
    content: bytes
    mode: int
    owner: str
    append: bool


@dataclass(frozen=True, slots=True)
class CloudConfig:
    files: tuple[WrittenFile, ...]
    commands: tuple[Any, ...]
    packages: tuple[str, ...] = ()


def parse(user_data: str) -> CloudConfig:
    """What the user data asks for; nothing when it is empty or of another kind.

    Raises CloudConfigError.
    """
    if user_data.split("\n", 1)[0].strip() != HEADER:
        return CloudConfig((), ())
    try:
        loaded = yaml.safe_load(user_data) or {}
    except yaml.YAMLError as error:
        # The message of the parser quotes the text, and the text holds secrets.
        place = getattr(error, "problem_mark", None)
        where = f"line {place.line + 1}" if place else "the document"
        raise CloudConfigError(f"user data is not YAML at {where}") from None
    if not isinstance(loaded, dict):
        raise CloudConfigError("user data must be a mapping")
    files = _list(loaded, "write_files")
    return CloudConfig(
        files=tuple(_file(entry, number) for number, entry in enumerate(files)),
        commands=tuple(_list(loaded, "runcmd")),
        packages=tuple(str(name) for name in _list(loaded, "packages")),
    )


def apply(config: CloudConfig, machine: MachineDir) -> None:
    """Write the files below the machine's root and record the commands."""
    for file in config.files:
        target = machine.in_root(file.path)
        content = file.content
        if file.append and target.exists():
            content = target.read_bytes() + content
        # Readable as on any disk: the machine's own folder around it is closed.
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        write_private(target, content, file.mode)
    record = json.dumps(list(config.commands), indent=2, default=str)
    write_private(machine.in_root(COMMANDS), record)


def _list(loaded: dict[str, Any], key: str) -> list[Any]:
    value = loaded.get(key) or []
    if not isinstance(value, list):
        raise CloudConfigError(f"{key} must be a list")
    return value


def _file(entry: Any, number: int) -> WrittenFile:
    where = f"write_files[{number}]"
    if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
        raise CloudConfigError(f"{where} needs a path")
    return WrittenFile(
        path=entry["path"],
        content=_content(entry.get("content", ""), str(entry.get("encoding", "")), where),
        mode=_mode(entry.get("permissions", "0644"), where),
        owner=str(entry.get("owner", "root:root")),
        append=bool(entry.get("append", False)),
    )


def _content(content: Any, encoding: str, where: str) -> bytes:
    data = content if isinstance(content, bytes) else str(content).encode()
    kind = encoding.lower().replace(" ", "")
    try:
        if kind in _BASE64 | _BOTH:
            data = base64.b64decode(b"".join(data.split()), validate=True)
        if kind in _GZIP | _BOTH:
            data = gzip.decompress(data)
    except (binascii.Error, OSError, EOFError):
        raise CloudConfigError(f"{where}: content is not {kind}") from None
    return data


def _mode(permissions: Any, where: str) -> int:
    # YAML reads an unquoted 0644 as the number 420, a quoted one as text; cloud-init takes both.
    if isinstance(permissions, int):
        return permissions
    try:
        return int(str(permissions), 8)
    except ValueError:
        raise CloudConfigError(f"{where}: permissions must be octal") from None
