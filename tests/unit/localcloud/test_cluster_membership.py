"""A further control plane as a member of etcd, which is a real one here."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.localcloud.machines.control_plane import components
from infra.localcloud.machines.control_plane.pki import Pki
from infra.localcloud.machines.control_plane.plane import ControlPlane
from infra.localcloud.machines.control_plane.slices import Slice
from infra.localcloud.machines.control_plane.spec import ClusterSpec, Programs


@pytest.fixture
def voter(tmp_path: Path) -> Iterator[ControlPlane]:
    """One whose etcd runs and is a voter; nobody is at the address of the one that it joined."""
    etcd = shutil.which("etcd")
    assert etcd is not None
    programs = Programs(kube=Path("/nowhere"), etcd=Path(etcd))
    # Loopback of this test alone.
    own = f"127.{100 + secrets.randbelow(100)}.{secrets.randbelow(256)}"
    spec = ClusterSpec("cp-2", f"{own}.2", Slice(1), tmp_path, joins=(f"{own}.1",))
    plane = ControlPlane(spec, programs)
    plane.pki = Pki(tmp_path / "tls")
    argv = components.etcd(spec, programs, plane.pki).argv
    with (tmp_path / "etcd.log").open("wb") as log, subprocess.Popen(argv, stderr=log) as running:
        yield plane
        running.terminate()


def test_given_a_voter_when_the_first_is_away_then_it_sees_by_itself_that_it_is_one(
    voter: ControlPlane,
) -> None:
    assert voter.pki is not None
    asyncio.run(asyncio.wait_for(voter.promote(voter.pki), 30))
