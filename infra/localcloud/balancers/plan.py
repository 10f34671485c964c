"""What a load balancer should do, as values."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Backend:
    """A machine's own address."""

    address: str


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """A PEM file with chain and private key, and the names it is for (one may be a wildcard)."""

    file: Path
    names: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """A listen port and where it leads. Seconds for interval and timeout. With certificates, TLS
    ends here."""

    listen_port: int
    destination_port: int
    proxy_protocol: bool
    check_port: int
    check_interval: float
    check_timeout: float
    check_retries: int
    certificates: tuple[CertificatePlan, ...] = ()


@dataclass(frozen=True, slots=True)
class BalancerPlan:
    """`algorithm` is `round_robin` or `least_connections`."""

    id: int
    address: str
    algorithm: str
    services: tuple[ServicePlan, ...]
    backends: tuple[Backend, ...]
