"""The environment and the argv of a container, as the Pod's `env`, `envFrom` and `args` ask."""

import re
from collections.abc import Mapping

from infra.localcloud.machines.cluster.api import Json
from infra.localcloud.machines.kubelet import identity, links
from infra.localcloud.machines.kubelet.container import PATH
from infra.localcloud.machines.kubelet.images import Program
from infra.localcloud.machines.kubelet.objects import NotYet, Sources, field, resource

# $(NAME), and $$(NAME) for the text itself ("Define Dependent Environment Variables").
_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")


async def build(
    sources: Sources, pod: Json, container: Json, program: Program, given: Mapping[str, str]
) -> dict[str, str]:
    """All variables. `given`: what every container of this node has. Raises NotYet."""
    path = ":".join((*program.path, PATH))
    home = identity.of(pod, container).home
    result = {"PATH": path, "HOME": home, "HOSTNAME": pod["metadata"]["name"]}
    result |= program.env
    if pod["spec"].get("enableServiceLinks", True):
        result |= links.variables(await sources.services())
    result |= given
    for origin in container.get("envFrom") or []:
        result |= await _all_of(sources, origin)
    for entry in container.get("env") or []:
        if "valueFrom" in entry:
            value = await _value_from(sources, pod, container, entry["valueFrom"])
            if value is not None:
                result[entry["name"]] = value
        else:
            result[entry["name"]] = expand(entry.get("value") or "", result)
    return result


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace references to variables that are there; others stay as they are written."""

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "$"
        return variables.get(name, match.group(0))

    return _REFERENCE.sub(replace, text)


async def _all_of(sources: Sources, origin: Json) -> dict[str, str]:
    for kind, read in (("configMapRef", sources.config_map), ("secretRef", sources.secret)):
        if reference := origin.get(kind):
            values = await read(reference["name"], optional=reference.get("optional", False))
            prefix = origin.get("prefix") or ""
            return {prefix + key: value.decode() for key, value in values.items()}
    return {}


async def _value_from(sources: Sources, pod: Json, container: Json, origin: Json) -> str | None:
    if reference := origin.get("fieldRef"):
        return field(pod, reference["fieldPath"])
    if reference := origin.get("resourceFieldRef"):
        return resource(container, reference["resource"])
    for kind, read in (("configMapKeyRef", sources.config_map), ("secretKeyRef", sources.secret)):
        if reference := origin.get(kind):
            optional = reference.get("optional", False)
            values = await read(reference["name"], optional=optional)
            if reference["key"] in values:
                return values[reference["key"]].decode()
            if optional:
                return None
            raise NotYet(sources.reason, f"{reference['name']} has no key {reference['key']!r}")
    return None
