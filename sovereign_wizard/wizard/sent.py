"""What the review shows, made from the very value that is sent: what no row shows, a test finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from catalyst.blueprints import services as blueprints
from catalyst.language.words import lazy
from dns.registrars.catalog import find
from sovereign_wizard.catalog.hetzner import TOKEN_LENGTH
from sovereign_wizard.catalog.offer import HIGHLY_AVAILABLE, Catalogue, ServerType
from sovereign_wizard.provisioning.models import DomainMode
from sovereign_wizard.provisioning.profile import Compliance, Headcount, Industry
from sovereign_wizard.provisioning.services import DeploymentRequest
from sovereign_wizard.wizard import ssh_key
from sovereign_wizard.wizard.models import Draft
from sovereign_wizard.wizard.topologies import BY_ID, SOLO
from sovereign_wizard.wizard.topologies import HIGHLY_AVAILABLE as HA

UNSAID = lazy("Not said")


@dataclass(frozen=True, slots=True)
class Row:
    """`note` is said more quietly; `lines` are folded away; `code` is for keys and names."""

    label: str
    value: str
    note: str = ""
    lines: tuple[str, ...] = ()
    code: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The answers of one step."""

    step: str
    title: str
    rows: tuple[Row, ...]


def sections(wish: DeploymentRequest, *, draft: Draft, catalogue: Catalogue) -> tuple[Section, ...]:
    """In the order of the steps. `draft` adds what was found out about a domain of one's own."""
    return (
        Section("organisation", _("Organization"), _organisation(wish)),
        Section("topology", _("Topology"), _topology(wish)),
        Section("credentials", _("Credentials"), _credentials(wish)),
        Section("provider", _("Provider"), _provider(wish, catalogue)),
        Section("components", _("Components and Apps"), _components(wish)),
        Section("domain", _("Domain"), _domain(wish, draft)),
    )


def _organisation(wish: DeploymentRequest) -> tuple[Row, ...]:
    who = wish.profile
    rules = ", ".join(str(Compliance(rule).label) for rule in who.compliance)
    return (
        Row(_("Organization"), wish.organization_name),
        Row(_("Owner’s e-mail"), wish.owner_email),
        Row(_("Headquarters"), who.headquarters or UNSAID),
        Row(_("Industry"), str(Industry(who.industry).label) if who.industry else UNSAID),
        Row(_("People who work there"), _headcount(who.headcount)),
        Row(_("Rules it has to keep"), rules or UNSAID),
    )


def _headcount(value: str) -> str:
    return str(Headcount(value).label) if value else UNSAID


def _topology(wish: DeploymentRequest) -> tuple[Row, ...]:
    planes = HIGHLY_AVAILABLE if wish.ha_enabled else 1
    return (
        Row(_("Topology"), BY_ID[HA if wish.ha_enabled else SOLO].title),
        Row(_("Control planes"), str(planes), _("one region, one cluster")),
    )


def _credentials(wish: DeploymentRequest) -> tuple[Row, ...]:
    key = ssh_key.parse(wish.ssh_public_key)
    length = len(wish.hetzner_token.reveal())
    kept = _("Kept, %(length)s characters, may read and write") % {"length": length}
    assert length == TOKEN_LENGTH
    return (
        Row(_("Hetzner project"), wish.hetzner_project_id, code=True),
        Row(_("Hetzner API token"), kept),
        Row(_("SSH public key"), key.type, key.fingerprint, code=True),
    )


def _provider(wish: DeploymentRequest, catalogue: Catalogue) -> tuple[Row, ...]:
    place = catalogue.location(wish.region)
    where = f"{place.city}, {place.country}" if place else ""
    workers = f"{wish.worker_count} × {wish.worker_size}"
    protected = _("On; nothing of it can be deleted by hand at Hetzner")
    small = _("Yes, although a control plane needs more")
    return (
        Row(_("Region"), where or wish.region, wish.region),
        Row(
            _("Control planes") if wish.ha_enabled else _("Control plane"),
            wish.control_plane_size,
            _size(catalogue.server_type(wish.control_plane_size)),
        ),
        Row(_("Workers"), workers, _size(catalogue.server_type(wish.worker_size)))
        if wish.worker_count
        else Row(_("Workers"), _("None; Apps run on the control plane")),
        *([Row(_("Less memory than needed"), small)] if wish.small_control_plane else []),
        Row(_("Deletion protection"), protected if wish.delete_protection else _("Off")),
    )


def _components(wish: DeploymentRequest) -> tuple[Row, ...]:
    there, known = blueprints.catalogue(), blueprints.apps()
    chosen = wish.components or ()
    out = [each.title for each in there.optional if each.id not in chosen]
    return (
        Row(_("Chosen"), _listed(each.title for each in there.optional if each.id in chosen)),
        Row(_("Left out"), _listed(out)),
        Row(_("Always included"), _listed(each.title for each in there.locked)),
        Row(_("Apps"), _listed(known[each].title for each in wish.apps if each in known)),
    )


def _listed(titles: Iterable[str]) -> str:
    return ", ".join(sorted(titles, key=str.lower)) or _("None")


def _size(size: ServerType | None) -> str:
    return f"{size.vcpu} vCPU, {size.ram_gb.normalize():f} GB" if size else ""


def _domain(wish: DeploymentRequest, draft: Draft) -> tuple[Row, ...]:
    if wish.domain_mode == DomainMode.POOL:
        fqdn = f"{wish.subdomain}.{wish.pool_domain}"
        return (Row(_("Name"), fqdn), Row(_("Console"), f"console.{fqdn}"))
    title = find(wish.registrar).title if wish.registrar else ""
    mode = DomainMode(wish.domain_mode).label
    servers = ", ".join(settings.CATALYST.nameservers)
    before = ", ".join(draft.looked.get("nameservers", ()))
    kept = _("Kept encrypted, checked for this domain; destroyed once the name servers are set")
    return (
        Row(_("Name"), wish.own_domain),
        Row(_("Console"), f"console.{wish.own_domain}"),
        Row(_("Domain"), f"{mode}: {title}" if title else str(mode)),
        Row(
            _("Name servers"),
            f"{'Set by us' if title else 'Set by you, when we tell you'}: {servers}",
            _("now %(before)s") % {"before": before} if before else "",
        ),
        *([Row(_("Registrar’s credentials"), kept)] if wish.registrar_credentials else []),
        _records(wish),
        Row(_("When"), _("The domain is moved first; nothing is paid for before it is delegated")),
    )


def _records(wish: DeploymentRequest) -> Row:
    lines = tuple(f"{one.name} {one.kind} {', '.join(one.contents)}" for one in wish.records)
    if lines:
        return Row(_("Records brought along"), str(len(lines)), lines=lines)
    stop = _(": you typed that they may stop") if wish.acknowledgement else ""
    return Row(_("Records brought along"), f"None{stop}")
