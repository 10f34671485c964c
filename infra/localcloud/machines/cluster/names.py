"""CoreDNS: names of Services and Pods, by the Kubernetes DNS specification 1.1; the rest goes on.

It must never make up a name: what is not in the API is NXDOMAIN.
"""

import asyncio
import logging
import struct
from collections.abc import Sequence
from typing import Any, cast

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from infra.localcloud.machines.cluster.endpoints import Directory, Endpoint

log = logging.getLogger(__name__)

TTL = 5  # CoreDNS's in a k3s
_UPSTREAM_SECONDS = 4.0
_LONGEST_UDP = 1232

# What a name holds: rdata by type. None = there is no such name.
Records = dict[str, list[str]]


class ClusterNames:
    """Answers for `domain` from the directory; asks `upstream` (addresses) for anything else."""

    def __init__(self, directory: Directory, domain: str, upstream: Sequence[str]) -> None:
        self._directory = directory
        self._domain = dns.name.from_text(domain)
        self._upstream = upstream

    async def serve(self, address: str) -> None:
        """Listen on port 53, UDP and TCP, until cancelled. Raises OSError."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(address, 53)
        )
        server = await asyncio.start_server(self._stream, address, 53)
        try:
            await server.serve_forever()
        finally:
            transport.close()

    async def answer(self, wire: bytes, limit: int = 65535) -> bytes | None:
        """The answer to a message, as a message of at most `limit` bytes; None to nonsense."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if not query.question:
            return None
        if query.question[0].name.is_subdomain(self._domain):
            response = self._own(query)
        else:
            response = await self._ask_upstream(query)
        made = response.to_wire()
        return made if len(made) <= limit else _truncated(query).to_wire()

    def _own(self, query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA | dns.flags.RA
        records = self._records(question.name)
        kind = dns.rdatatype.to_text(question.rdtype)
        if records is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif values := records.get(kind) or records.get("CNAME"):
            told = kind if kind in records else "CNAME"
            response.answer.append(dns.rrset.from_text_list(question.name, TTL, "IN", told, values))
        if not response.answer:
            domain = self._domain.to_text()
            soa = f"ns.dns.{domain} hostmaster.{domain} 1 7200 1800 86400 {TTL}"
            response.authority.append(dns.rrset.from_text(self._domain, TTL, "IN", "SOA", soa))
        return response

    def _records(self, name: dns.name.Name) -> Records | None:
        labels = [label.decode().lower() for label in name.relativize(self._domain).labels if label]
        match labels:
            case [] | ["svc"] | ["pod"]:
                return {}
            case [*_, "svc"]:
                return self._service(labels[:-1])
            case [address, _, "pod"]:
                return {"A": [address.replace("-", ".")]}
            case _:
                return None

    def _service(self, labels: list[str]) -> Records | None:
        """`labels`: [[_port, _protocol] | [host],] service, namespace."""
        if len(labels) == 1:
            known = {key.partition("/")[0] for key in self._directory.services}
            return {} if labels[0] in known else None
        *front, name, namespace = labels
        key = f"{namespace}/{name}"
        service = self._directory.services.get(key)
        if service is None:
            return None
        spec = service["spec"]
        if not front:
            return self._addresses(key, spec)
        if len(front) == 2:
            return self._ports(key, spec, *front)
        hosts = [e.address for e in self._directory.of(key) if front[0] in (e.hostname, _dashed(e))]
        return {"A": hosts} if hosts else None

    def _addresses(self, key: str, spec: dict[str, Any]) -> Records:
        if spec["type"] == "ExternalName":
            return {"CNAME": [spec["externalName"].rstrip(".") + "."]}
        if spec.get("clusterIP") != "None":
            return {"A": [spec["clusterIP"]]}
        return {"A": sorted({endpoint.address for endpoint in self._directory.of(key)})}

    def _ports(self, key: str, spec: dict[str, Any], name: str, protocol: str) -> Records | None:
        namespace, _, service = key.partition("/")
        base = f"{service}.{namespace}.svc.{self._domain.to_text()}"
        for port in spec.get("ports") or []:
            kind = port.get("protocol", "TCP").lower()
            if (f"_{port.get('name')}", f"_{kind}") != (name, protocol):
                continue
            if spec.get("clusterIP") != "None":
                return {"SRV": [f"0 100 {port['port']} {base}"]}
            found = [e for e in self._directory.of(key) if port.get("name") in e.ports]
            hosts = [(e.ports[port["name"]], e.hostname or _dashed(e)) for e in found]
            return {"SRV": [f"0 100 {number} {host}.{base}" for number, host in hosts]}
        return None

    async def _ask_upstream(self, query: dns.message.Message) -> dns.message.Message:
        for server in self._upstream:
            try:
                response, _ = await dns.asyncquery.udp_with_fallback(
                    query, server, timeout=_UPSTREAM_SECONDS
                )
            except (dns.exception.DNSException, OSError) as error:
                log.info("%s does not answer: %s", server, error)
            else:
                return response
        failed = dns.message.make_response(query)
        failed.set_rcode(dns.rcode.SERVFAIL)
        return failed

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                answer = await self.answer(await reader.readexactly(length))
                if answer is None:
                    break
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the other end has gone
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, names: ClusterNames) -> None:
        self._names = names
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own datagram transport is not of that class before Python 3.12.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        task = asyncio.create_task(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, address: tuple[str | Any, int]) -> None:
        if (answer := await self._names.answer(data, _LONGEST_UDP)) is not None:
            self._transport.sendto(answer, address)


def _dashed(endpoint: Endpoint) -> str:
    return endpoint.address.replace(".", "-")


def _truncated(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query)
    response.flags |= dns.flags.TC
    return response
