"""Services of a Pod's name space as variables, as Kubernetes gives them to every container."""

from collections.abc import Iterable
from ipaddress import ip_address

from infra.localcloud.machines.cluster.api import Json


def variables(services: Iterable[Json]) -> dict[str, str]:
    """`<NAME>_SERVICE_HOST` and its kin ("Accessing the Service", environment variables)."""
    result: dict[str, str] = {}
    for service in services:
        address, ports = service["spec"].get("clusterIP") or "", service["spec"].get("ports") or []
        if not _is_address(address) or not ports:
            continue
        name = _upper(service["metadata"]["name"])
        result[f"{name}_SERVICE_HOST"] = address
        result[f"{name}_SERVICE_PORT"] = str(ports[0]["port"])
        result[f"{name}_PORT"] = _url(address, ports[0])
        for port in ports:
            if port.get("name"):
                result[f"{name}_SERVICE_PORT_{_upper(port['name'])}"] = str(port["port"])
            protocol = port.get("protocol", "TCP")
            base = f"{name}_PORT_{port['port']}_{protocol}"
            result[base] = _url(address, port)
            result[f"{base}_PROTO"] = protocol.lower()
            result[f"{base}_PORT"] = str(port["port"])
            result[f"{base}_ADDR"] = address
    return result


def _url(address: str, port: Json) -> str:
    return f"{port.get('protocol', 'TCP').lower()}://{address}:{port['port']}"


def _upper(name: str) -> str:
    return name.upper().replace("-", "_")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False  # "None": a headless Service
    return True
