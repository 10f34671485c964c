"""As whom a container runs: what its securityContext says of user, groups, rights and root.

A user of its own may read every file of this computer, as its program lies somewhere in there and
not in an image; it may write only where that user may. Nothing here bounds memory or processors.
"""

from dataclasses import dataclass

from infra.localcloud.machines.cluster.api import Json

# capabilities(7): reads any file, writes none.
_READS_ALL = "dac_read_search"


@dataclass(frozen=True, slots=True)
class Identity:
    """`user` is None for the one that the kubelet is, root. `added`: capabilities, as in setpriv.

    `sealed`: nothing of the container can be written but its volumes.
    """

    user: int | None = None
    group: int = 0
    groups: tuple[int, ...] = ()
    added: tuple[str, ...] = ()
    sealed: bool = False
    gains_nothing: bool = False

    @property
    def home(self) -> str:
        """As runtimes set it for a user that /etc/passwd does not know."""
        return "/" if self.user else "/root"

    def setpriv(self) -> list[str]:
        """What stands before a program so that it runs as this one, and dies with its parent."""
        # In one call: a change of user takes back what was said about the parent's death.
        argv = ["/usr/bin/setpriv", "--pdeathsig", "KILL"]
        if self.gains_nothing:
            argv.append("--no-new-privs")
        if self.user:
            only = ",".join(["-all", *(f"+{name}" for name in (_READS_ALL, *self.added))])
            argv += ["--reuid", str(self.user), "--regid", str(self.group)]
            listed = ",".join(str(group) for group in self.groups)
            argv += ["--groups", listed] if listed else ["--clear-groups"]
            argv += ["--bounding-set", only, "--inh-caps", only, "--ambient-caps", only]
        return [*argv, "--"]


def of(pod: Json, container: Json) -> Identity:
    """Kubernetes, "Configure a Security Context": the container's words before the Pod's."""
    whole = pod["spec"].get("securityContext") or {}
    own = container.get("securityContext") or {}
    said = {**whole, **{name: value for name, value in own.items() if value is not None}}
    more = (*(whole.get("supplementalGroups") or ()), *fs_group(pod))
    capabilities = (own.get("capabilities") or {}).get("add") or ()
    return Identity(
        user=said.get("runAsUser"),
        group=said.get("runAsGroup") or 0,
        groups=tuple(dict.fromkeys(more)),
        added=tuple(name.lower().removeprefix("cap_") for name in capabilities),
        sealed=bool(own.get("readOnlyRootFilesystem")),
        gains_nothing=own.get("allowPrivilegeEscalation") is False,
    )


def fs_group(pod: Json) -> tuple[int, ...]:
    """The group that owns the Pod's volumes, if it names one."""
    group = (pod["spec"].get("securityContext") or {}).get("fsGroup")
    return () if group is None else (group,)
