"""`make doctor`: what is needed, what is there, which version, and how to get what is missing.

Looks only; installs nothing. Exit code 0 only when everything needed now is there.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

# Run as a file, the folder of this file is on sys.path instead of the house.
sys.path[:] = [str(Path(__file__).resolve().parents[2])] + [
    entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent
]

from infra.tools import cache, debian, gobuild, manifest, node_env, obtain, python_env  # noqa: E402

MAKE = "any make target does it"
FREE_GB = 6
CAP_NET_BIND_SERVICE, CAP_NET_ADMIN = 10, 12  # linux/capability.h


@dataclass(frozen=True, slots=True)
class Finding:
    """One row. `found` is empty when it is missing; `needed` is false for what only later needs."""

    name: str
    wanted: str
    found: str
    why: str
    get: str
    needed: bool = True


def _says(*argv: str | Path) -> str:
    """The first version number a program prints, or an empty string."""
    try:
        answer = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    number = re.search(r"\d+(\.\d+)+", answer.stdout + answer.stderr)
    return number.group() if number else ""


def machine(pins: manifest.Manifest) -> Iterator[Finding]:
    """What the machine itself must bring."""
    yield Finding("git", "any", _says("git", "--version"), "source code", "apt-get install git")
    yield Finding("make", "any", _says("make", "--version"), "the commands", "apt-get install make")
    python = sys.version.split()[0] if sys.version_info >= (3, 11) else ""
    yield Finding("python3", "3.11 or newer", python, "runs everything", "apt-get install python3")
    yield _go(pins)
    java = _says("java", "-version")
    if java and int(java.split(".")[0]) < 17:
        java = ""
    get = "apt-get install openjdk-17-jre-headless"
    yield Finding("java", "17 or newer", java, "runs Keycloak", get, needed=False)
    free = shutil.disk_usage(Path.home()).free / 1e9
    room = f"{free:.0f} GB" if free >= FREE_GB else ""
    yield Finding("disk", f"{FREE_GB} GB free", room, "builds and data", "free some space")


def _go(pins: manifest.Manifest) -> Finding:
    go = gobuild.installed_go()
    found = ".".join(map(str, gobuild.go_version(go))) if go else ""
    if go and not gobuild.new_enough(go, pins):
        found += f", fetches {pins.go_toolchain}"
    wanted = f"{pins.go_minimum} or newer"
    return Finding("go", wanted, found, "builds the pinned tools", "apt-get install golang-go")


def packages(pins: manifest.Manifest) -> Iterator[Finding]:
    """Debian's."""
    for package in pins.debian:
        if package.probe == "command:go":
            continue  # has its own row
        found = (debian.version(package) or "yes") if debian.present(package) else ""
        get = f"{MAKE}, or apt-get install {package.package}"
        yield Finding(package.package, "Debian's", found, package.why, get)


def tools(pins: manifest.Manifest) -> Iterator[Finding]:
    """Pinned programs and the Python environment."""
    for tool in pins.tools.values():
        place = obtain.locate(tool)
        found = f"{tool.version}, in the {place.source}" if place else ""
        found = found.replace("in the path", "on PATH")
        get = f"{MAKE}, or infra/tools/fetch.py ensure {tool.name}"
        yield Finding(tool.name, tool.version, found, tool.why, get, tool.wanted == "first")
    current = "as locked" if python_env.is_current() else ""
    yield Finding(".venv", "requirements.lock", current, "Python libraries", MAKE)
    modules = "as locked" if node_env.is_current() else ""
    lock = "package-lock.json"
    yield Finding("static/node_modules", lock, modules, "tests of pages", MAKE, needed=False)
    for wheel in pins.wheels.values():
        folder = f"{wheel.package.replace('-', '_')}-{wheel.version}.dist-info"
        there = any(python_env.VENV.glob(f"lib/python*/site-packages/{folder}"))
        found = f"{wheel.version}, in .venv" if there else ""
        yield Finding(wheel.name, f"wheel {wheel.version}", found, wheel.why, MAKE)


def rights() -> Iterator[Finding]:
    """What the local internet needs from the kernel."""
    network = IPv4Network(os.environ.get("CATALYST_PUBLIC_RANGE", "198.51.100.0/24"))
    if _can_bind(str(network[2]), 0):
        found = "local"
    else:
        found = "the stack makes it local" if _has(CAP_NET_ADMIN) else ""
    get = f"sudo ip route add local {network} dev lo"
    yield Finding(str(network), "made local on lo", found, "addresses of the local internet", get)
    low = "yes" if _may_use_low_ports() else ""
    get = "sudo sysctl net.ipv4.ip_unprivileged_port_start=53"
    yield Finding("ports 53, 80, 443", "may be bound", low, "servers of the local internet", get)


def jail() -> Iterator[Finding]:
    """How well tofu can be locked in here: the product tries it out itself, once it is there."""
    asked = [str(python_env.VENV / "bin/python"), "-m", "sovereign_wizard.tofu.jail"]
    try:
        answer = subprocess.run(
            asked, cwd=manifest.ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return
    kind, _, words = answer.stdout.strip().partition(": ")
    if answer.returncode == 0:
        found = words if kind == "walls" else ""
        why, get = "keeps tofu from everything else", f"here: {words}; docs/security-model.md"
        yield Finding("jail of tofu", "walls", found, why, get, needed=False)


def _can_bind(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _has(capability: int) -> bool:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return False
    effective = re.search(r"^CapEff:\s*([0-9a-f]+)", status, re.MULTILINE)
    return bool(effective and int(effective.group(1), 16) >> capability & 1)


def _may_use_low_ports() -> bool:
    first = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
    return _has(CAP_NET_BIND_SERVICE) or (first.exists() and int(first.read_text()) <= 53)


def table(findings: list[Finding]) -> str:
    rows = [("", "what", "wanted", "found", "for")]
    for f in findings:
        mark = "ok" if f.found else ("MISSING" if f.needed else "later")
        rows.append((mark, f.name, f.wanted, f.found or "-", f.why))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def main() -> int:
    try:
        pins = manifest.load()
    except manifest.ToolError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    findings = [*machine(pins), *packages(pins), *tools(pins), *rights(), *jail()]
    print(table(findings))
    print(f"\nTools are kept in {cache.root()}")
    absent = [f for f in findings if not f.found]
    for f in absent:
        print(f"  {f.name}: {f.get}" + ("" if f.needed else "  (not needed yet)"))
    missing = [f.name for f in absent if f.needed]
    verdict = f"missing: {', '.join(missing)}" if missing else "all that is needed is there"
    print(f"doctor: {verdict}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
