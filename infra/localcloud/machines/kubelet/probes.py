"""Whether a container answers: one probe, once. HTTP, TCP and commands."""

import asyncio

import aiohttp

from infra.localcloud.machines.cluster.api import Json
from infra.localcloud.machines.kubelet.container import Running


async def check(probe: Json, container: Json, address: str, running: Running) -> str:
    """An empty text when it passed, else why it did not."""
    try:
        return await _check(probe, container, address, running)
    except KeyError as error:
        return f"the container has no port {error}"


async def _check(probe: Json, container: Json, address: str, running: Running) -> str:
    seconds = float(probe.get("timeoutSeconds") or 1)
    if command := probe.get("exec"):
        code, said = await running.execute(command["command"], seconds)
        return "" if code == 0 else f"command: exit code {code}: {said.strip()}"
    if http := probe.get("httpGet"):
        host = http.get("host") or address
        port = port_number(http["port"], container)
        # The kubelet proper does not check the certificate of an HTTPS probe; a check we would not
        # make is left out altogether, so that of HTTPS only the open port is asked.
        if (http.get("scheme") or "HTTP") == "HTTP":
            return await _http(host, port, http, seconds)
        return await _tcp(host, port, seconds)
    asked = probe.get("tcpSocket") or probe.get("grpc") or {}
    return await _tcp(asked.get("host") or address, port_number(asked["port"], container), seconds)


def port_number(port: int | str, container: Json) -> int:
    """A port by number or by the name the container gives it. Raises KeyError."""
    if isinstance(port, int) or port.isdecimal():
        return int(port)
    named = {p["name"]: p["containerPort"] for p in container.get("ports") or [] if "name" in p}
    return int(named[port])


async def _http(host: str, port: int, http: Json, seconds: float) -> str:
    path = "/" + (http.get("path") or "/").lstrip("/")
    headers = {"User-Agent": "kube-probe/1.37", "Connection": "close"}
    headers |= {entry["name"]: entry["value"] for entry in http.get("httpHeaders") or []}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session,
            session.get(f"http://{host}:{port}{path}", headers=headers, ssl=True) as answer,
        ):
            return "" if answer.status < 400 else f"HTTP status {answer.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return f"{type(error).__name__}: {error}"


async def _tcp(host: str, port: int, seconds: float) -> str:
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host, port)
    except (TimeoutError, OSError) as error:
        return f"{type(error).__name__}: {error}"
    writer.close()
    return ""
