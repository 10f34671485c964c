"""What a person asks for, as the specification's clients send it (provisioning §1, step 7)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from catalyst.api.shapes import Asked
from catalyst.problem import Invalid
from catalyst.vault.secret import Secret
from sovereign_wizard.api.named import Named
from sovereign_wizard.provisioning.profile import Compliance, Headcount, Industry, Profile
from sovereign_wizard.provisioning.services import DeploymentRequest
from sovereign_wizard.wizard import ssh_key

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
PROJECT = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
PLACE = r"^[a-z0-9][a-z0-9-]*$"
KEY_EXAMPLE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJp3vQm4Jq0hV0dC2QmT0mX0y7y2V3b0uJ1m6l8nE4z you"


class Region(Asked):
    """One place. So far exactly one is built, and on Hetzner."""

    provider: Literal["hetzner"] = "hetzner"
    cloud_region: str = Field(min_length=1, max_length=20, pattern=PLACE, examples=["hel1"])
    control_plane_size: str = Field(min_length=1, max_length=20, pattern=PLACE, examples=["cx43"])
    worker_size: str = Field("", max_length=20)
    worker_count: int = Field(0, ge=0, le=50)


class Wish(Named):
    """Where and how big: either the singular fields, or `regions` with one entry."""

    org_name: str = Field(min_length=1, max_length=120, examples=["Omantel"])
    org_email: str = Field(
        pattern=EMAIL,
        max_length=254,
        examples=["admin@omantel.example"],
        description="The first sovereign-admin, and where certificate warnings go.",
    )
    org_headquarters: str = Field("", max_length=120, examples=["Muscat, Oman"])
    org_industry: Industry | Literal[""] = Field("", examples=["telecommunications"])
    org_size: Headcount | Literal[""] = Field(
        "", description="How many people work there.", examples=["500-2000"]
    )
    org_compliance: list[Compliance] = Field(
        [], max_length=len(Compliance), description="Rules it has to keep; written down only."
    )
    hetzner_token: SecretStr = Field(
        min_length=64, max_length=64, description="Read & Write. Never shown again."
    )
    hetzner_project_id: str = Field(
        alias="hetznerProjectID",
        min_length=1,
        max_length=40,
        pattern=PROJECT,
        examples=["3311"],
        description="A label: Hetzner does not say to which project a token belongs.",
    )
    region: str = Field("", max_length=20, examples=["hel1"])
    control_plane_size: str = Field("", max_length=20, examples=["cx43"])
    worker_size: str = Field("", max_length=20, examples=["cx33"])
    worker_count: int = Field(0, ge=0, le=50, examples=[1])
    regions: list[Region] = Field([], max_length=1)
    ha_enabled: bool = Field(False, description="Three control planes.")
    delete_protection: bool = Field(
        False,
        description="Hetzner refuses to delete the servers, the load balancer and the network by "
        "hand. Destroying the Deployment lifts it first.",
    )
    small_control_plane: bool = Field(
        False, description="Insist on less than 16 GB for the control plane."
    )
    approve_plan: bool = Field(False, description="Stop before apply until the plan is approved.")
    components: list[str] | None = Field(
        None,
        max_length=100,
        description="Optional components of the kit, with all that they need; without it, all. "
        "Those that every Sovereign has need not be named.",
        examples=[["external-dns", "spire"]],
    )
    apps: list[str] = Field(
        [],
        max_length=100,
        description="Apps for the Sovereign's own catalogue, preselected for its first "
        "Organization (`/apps` lists them).",
        examples=[["nextcloud", "wordpress"]],
    )
    ssh_public_key: str = Field(min_length=1, max_length=ssh_key.LONGEST, examples=[KEY_EXAMPLE])

    def checked(self) -> DeploymentRequest:
        """As the service takes it. Raises Invalid beside a field."""
        place = self._place()
        return DeploymentRequest(
            organization_name=self.org_name,
            owner_email=self.org_email,
            profile=self._profile(),
            **self.name(),
            region=place.cloud_region,
            control_plane_size=place.control_plane_size,
            worker_size=place.worker_size,
            worker_count=place.worker_count,
            hetzner_project_id=self.hetzner_project_id,
            hetzner_token=Secret(self.hetzner_token.get_secret_value()),
            ssh_public_key=ssh_key.parse(self.ssh_public_key).line,
            approve_plan=self.approve_plan,
            ha_enabled=self.ha_enabled,
            delete_protection=self.delete_protection,
            small_control_plane=self.small_control_plane,
            components=None if self.components is None else tuple(self.components),
            apps=tuple(self.apps),
        )

    def _profile(self) -> Profile:
        return Profile(
            headquarters=self.org_headquarters.strip(),
            industry=str(self.org_industry),
            headcount=str(self.org_size),
            compliance=tuple(dict.fromkeys(str(rule) for rule in self.org_compliance)),
        )

    def _place(self) -> Region:
        """`regions[0]` stands before the singular fields, as in the specification."""
        place = self.regions[0] if self.regions else self._singular()
        if place.worker_count and not place.worker_size:
            raise Invalid("Say of which size the workers are.", field="workerSize")
        return place

    def _singular(self) -> Region:
        for name, value in (
            ("region", self.region),
            ("controlPlaneSize", self.control_plane_size),
        ):
            if not value:
                raise Invalid("Give a value.", field=name)
        return Region.model_construct(
            cloud_region=self.region,
            control_plane_size=self.control_plane_size,
            worker_size=self.worker_size,
            worker_count=self.worker_count,
        )
