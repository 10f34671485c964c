"""Makes sure before anything starts that we can listen in the range; says what to do if not."""

import errno
import ipaddress
import shutil
import socket
import subprocess
import time

DNS_PORT = 53
# Children of an instance that was just killed may still be going away.
RELEASE_SECONDS = 1.0


class AddressUnavailable(Exception):
    """An address cannot be listened on; the text names it, the reason and the one thing to do."""


def claim(network: ipaddress.IPv4Network, hosts: tuple[str, ...]) -> None:
    """Make `network` local on `lo` if it is not, and prove that port 53 of each host is free.

    Raises AddressUnavailable. A local route makes every address in the range bindable at once
    (ip-route(8), type `local`); no address needs a set-up of its own.
    """
    if not _is_local(hosts[0]):
        _add_route(network)
    for host in hosts:
        prove_free(host, DNS_PORT, kinds=(socket.SOCK_DGRAM, socket.SOCK_STREAM))


def prove_free(
    host: str, port: int, *, kinds: tuple[socket.SocketKind, ...] = (socket.SOCK_STREAM,)
) -> None:
    """Bind and let go again. Raises AddressUnavailable."""
    deadline = time.monotonic() + RELEASE_SECONDS
    for kind in kinds:
        while (problem := _bind_problem(host, port, kind)) is not None:
            if problem.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise AddressUnavailable(_advice(host, port, problem)) from problem
            time.sleep(0.05)


def free_port() -> int:
    """A loopback TCP port that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bind_problem(host: str, port: int, kind: socket.SocketKind) -> OSError | None:
    with socket.socket(socket.AF_INET, kind) as probe:
        # Connections in TIME_WAIT do not stop a server from starting; a listener does.
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            if kind is socket.SOCK_STREAM:
                probe.listen()
        except OSError as error:
            return error
    return None


def _is_local(host: str) -> bool:
    problem = _bind_problem(host, 0, socket.SOCK_DGRAM)
    return problem is None or problem.errno != errno.EADDRNOTAVAIL


def _add_route(network: ipaddress.IPv4Network) -> None:
    command = ["ip", "route", "add", "local", str(network), "dev", "lo"]
    reason = "the ip command is not installed"
    if shutil.which("ip"):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 or _is_local(str(network[2])):
            return
        reason = done.stderr.strip()
    raise AddressUnavailable(
        f"The range {network} is not local on this machine and could not be made so ({reason})."
        f" Run once: sudo {' '.join(command)}"
    )


def _advice(host: str, port: int, problem: OSError) -> str:
    match problem.errno:
        case errno.EADDRINUSE:
            return (
                f"{host}:{port} is taken by another program."
                f" See which one: ss -lnp 'sport = :{port}'"
            )
        case errno.EACCES:
            return (
                f"Listening on {host}:{port} is not permitted: ports below 1024 are kept for root."
                " Run once: sudo sysctl net.ipv4.ip_unprivileged_port_start=53"
            )
        case _:
            return f"Cannot listen on {host}:{port}: {problem.strerror}."
