"""What should run, read from the rows, as values for the machines' and balancers' rooms."""

from infra.localcloud.balancers.plan import Backend, BalancerPlan, CertificatePlan, ServicePlan
from infra.localcloud.hetzner.cloud import Cloud
from infra.localcloud.hetzner.resources.balancer_targets import servers_of
from infra.localcloud.hetzner.store import Json, Resource
from infra.localcloud.machines.boot import Machine


def desired_machines(cloud: Cloud) -> dict[int, Machine]:
    """Every server that exists, by id, with whether its power is on."""
    return {
        row.id: Machine(
            id=row.id,
            name=row.name,
            address=row.body["address"],
            powered=row.body["status"] == "running",
            boots=row.body["boots"],
            disk=row.body.get("generation", 0),
        )
        for row in cloud.store.all("server")
    }


def desired_balancers(cloud: Cloud) -> dict[int, BalancerPlan]:
    """Every load balancer with a public interface, by id."""
    return {
        row.id: BalancerPlan(
            id=row.id,
            address=row.body["address"],
            algorithm=row.body["algorithm"],
            services=tuple(_service(cloud, row, entry) for entry in row.body["services"]),
            backends=_backends(cloud, row),
        )
        for row in cloud.store.all("load_balancer")
        if row.body["public_interface"]
    }


def _service(cloud: Cloud, row: Resource, entry: Json) -> ServicePlan:
    check = entry["health_check"]
    return ServicePlan(
        listen_port=entry["listen_port"],
        destination_port=entry["destination_port"],
        proxy_protocol=entry["proxyprotocol"],
        certificates=_certificates(cloud, row, entry),
        check_port=check["port"],
        check_interval=float(check["interval"]),
        check_timeout=float(check["timeout"]),
        check_retries=check["retries"],
    )


def _certificates(cloud: Cloud, row: Resource, entry: Json) -> tuple[CertificatePlan, ...]:
    if entry["protocol"] != "https":
        return ()
    found = (
        cloud.need("certificate", identifier, row.project)
        for identifier in entry["http"]["certificates"]
    )
    return tuple(
        CertificatePlan(
            file=cloud.certificates.path(certificate.id),
            names=tuple(certificate.body["domain_names"]),
            fingerprint=certificate.body["fingerprint"],
        )
        for certificate in found
    )


def _backends(cloud: Cloud, row: Resource) -> tuple[Backend, ...]:
    """Where targets lead. A private address is mapped to the machine's own one: the computer has
    no private networks, and both are the same machine."""
    found: dict[int, Backend] = {}
    for target in row.body["targets"]:
        for server in servers_of(cloud, row, target):
            found[server.id] = Backend(server.body["address"])
    return tuple(found.values())
