"""Where a machine keeps what, below `state_dir/machines/<id>/`. Everything is 0600 or 0700."""

import os
from dataclasses import dataclass
from pathlib import Path

# The folder that holds the package `infra`: where our own programs are started.
CHECKOUT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class MachineDir:
    """The folder of one machine; `root` is its disk, the rest is the hardware around it."""

    path: Path

    @property
    def root(self) -> Path:
        return self.path / "root"

    @property
    def user_data(self) -> Path:
        return self.path / "user-data"

    @property
    def console(self) -> Path:
        return self.path / "console.log"

    @property
    def hardware(self) -> Path:
        """JSON the boot writes for the agent: address, name and where the world's services are."""
        return self.path / "hardware.json"

    @property
    def phase(self) -> Path:
        return self.path / "phase"

    @property
    def generation(self) -> Path:
        """Which disk it has: grows with every rebuild."""
        return self.path / "generation"

    def in_root(self, absolute: str) -> Path:
        """A path as the machine sees it, on our disk. Raises ValueError if it would leave it."""
        inside = os.path.normpath("/" + absolute.lstrip("/"))
        target = self.root / inside.lstrip("/")
        if not target.parent.resolve().is_relative_to(self.root.resolve()):
            raise ValueError(f"{absolute} leaves the machine's root")
        return target


def write_private(path: Path, content: bytes | str, mode: int = 0o600) -> None:
    """Write a whole file, readable by nobody else at any moment, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(path.name + ".new")
    data = content.encode() if isinstance(content, str) else content
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)
    temporary.replace(path)


def read_private(path: Path) -> str:
    return path.read_text().strip()
