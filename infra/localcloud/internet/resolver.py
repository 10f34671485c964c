"""The resolver of the local internet: unbound, iterative and validating from our root's key only.

It must never forward, and never answer what does not validate.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from infra.localcloud.internet import wire
from infra.localcloud.internet.authoritative import StartFailed
from infra.localcloud.internet.child import Child
from infra.localcloud.internet.config import Config
from infra.localcloud.internet.zones import ROOT_SERVER

START_SECONDS = 10.0


class Resolver:
    """One supervised unbound on the resolver's address, port 53."""

    def __init__(self, *, config: Config, log_file: Path) -> None:
        self._config = config
        self._directory = config.control_socket.parent
        self._log_file = log_file
        self._anchors: tuple[str, ...] = ()
        self.child = Child(name="resolver", prepare=self._prepare, log_file=log_file)

    async def start(self, anchors: tuple[str, ...]) -> None:
        """Start it with the DS contents of the root's key and wait until the root validates.

        Raises StartFailed.
        """
        self._anchors = anchors
        await self.child.start()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if await wire.is_validated(".", resolver=self._config.resolver_address, seconds=0.1):
                return
            await asyncio.sleep(0.02)
        raise StartFailed(f"resolver does not validate the root; its log: {self._log_file}")

    async def stop(self) -> None:
        """Stop it."""
        await self.child.stop()

    async def flush(self, name: str) -> None:
        """Forget `name` and all below it, everything bogus or missing, and every server's state.

        Raises StartFailed when unbound does not take orders.
        """
        for command in (
            ("flush_zone", name),
            ("flush_bogus",),
            ("flush_negative",),
            ("flush_infra", "all"),
        ):
            process = await asyncio.create_subprocess_exec(
                *("unbound-control", "-c", str(self._config_file), *command),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            _, complaint = await process.communicate()
            if process.returncode:
                raise StartFailed(f"unbound-control {command[0]}: {complaint.decode().strip()}")

    @property
    def _config_file(self) -> Path:
        return self._directory / "unbound.conf"

    async def _prepare(self) -> Sequence[str]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        hints = self._directory / "root.hints"
        hints.write_text(
            f". 3600 IN NS {ROOT_SERVER}\n{ROOT_SERVER} 3600 IN A {self._config.root_address}\n"
        )
        anchors = self._directory / "root.ds"
        anchors.write_text("".join(f". IN DS {digest}\n" for digest in self._anchors))
        self._config_file.write_text(self._settings(hints=hints, anchors=anchors))
        self._config.control_socket.unlink(missing_ok=True)
        return ["unbound", "-d", "-p", "-c", str(self._config_file)]

    def _settings(self, *, hints: Path, anchors: Path) -> str:
        # Names like test. or invalid. have built-in answers (RFC 6761) that would hide our TLD.
        no_default = "".join(f'  local-zone: "{tld}." nodefault\n' for tld in self._config.tlds)
        return f"""\
server:
  directory: "{self._directory}"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 1
  val-log-level: 2
  ede: yes
  num-threads: 1
  interface: {self._config.resolver_address}
  outgoing-interface: {self._config.resolver_address}
  do-ip6: no
  access-control: 0.0.0.0/0 refuse
  access-control: 127.0.0.0/8 allow
  access-control: {self._config.network} allow
  do-not-query-localhost: no
  module-config: "validator iterator"
  root-hints: "{hints}"
  trust-anchor-file: "{anchors}"
  trust-anchor-signaling: no
  val-permissive-mode: no
  # Names are made and unmade here all day: what is wrong or missing is asked again at once, and a
  # name server that was down is tried again after seconds, not after unbound's 15 minutes.
  cache-max-ttl: {self._config.cache_max_ttl}
  cache-max-negative-ttl: 1
  val-bogus-ttl: 1
  infra-host-ttl: 2
  infra-keep-probing: yes
  aggressive-nsec: no
  serve-expired: no
  msg-cache-size: 4m
  rrset-cache-size: 8m
{no_default}
remote-control:
  control-enable: yes
  control-interface: "{self._config.control_socket}"
  control-use-cert: no
"""
