"""What can go wrong with a tofu process, as types. Nobody branches on a message's text."""

from __future__ import annotations

from catalyst.problem import Problem


class TofuProblem(Problem):
    """Base of everything this room raises."""

    type = "tofu"
    title = "OpenTofu could not do its work"
    status = 502


class TofuMissing(TofuProblem):
    """The tofu program or the module is not where it was said to be."""

    type = "tofu-missing"
    title = "OpenTofu is not installed"


class TofuFailed(TofuProblem):
    """tofu ended with an error. `extra`: command, exit_code, diagnostics (list of
    Diagnostic), codes (Hetzner's error codes in them)."""

    type = "tofu-failed"
    title = "OpenTofu reported an error"


class StateLocked(TofuFailed):
    """Another tofu holds this Deployment's state. Nothing was changed; wait and try again."""

    type = "tofu-state-locked"
    title = "Another run is using the state"
    status = 409


class StateIsOld(TofuProblem):
    """The backend holds an older state than the newest we kept. `extra`: serial, newest."""

    type = "tofu-state-is-old"
    title = "OpenTofu’s state is older than the last one we know"
    status = 409


class TofuStopped(TofuProblem):
    """The run was asked to stop (cancel, lost lease) and did. `extra`: command, exit_code."""

    type = "tofu-stopped"
    title = "The run was stopped"
    status = 409


class ProcessElsewhere(TofuProblem):
    """The process ran on another host, so this host cannot say whether it is gone."""

    type = "tofu-process-elsewhere"
    title = "The process ran on another host"
    status = 409


class StillRunning(TofuProblem):
    """The earlier process did not end in the time given."""

    type = "tofu-still-running"
    title = "The earlier run has not ended yet"
    status = 409


class StateStoreAway(TofuProblem):
    """The database of the `pg` backend does not answer; nothing was changed."""

    type = "tofu-state-store-away"
    title = "The state cannot be read now"
    status = 503


class VendorBusy(TofuFailed):
    """Hetzner refused for a passing reason. `extra["codes"]`: its error codes; try again."""

    type = "tofu-vendor-busy"
    title = "Hetzner is still busy with it"
    status = 503


class ProvidersNotPinned(TofuProblem):
    """tofu's CLI configuration lets it take providers from somewhere else than our mirror."""

    type = "tofu-providers-not-pinned"
    title = "Providers may come from the pinned mirror only"
