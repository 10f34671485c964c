"""The product inside a Sovereign's cluster: its first admin's Job and the Pods that serve it.

Names and labels are those of infra/charts/catalyst.
"""

from __future__ import annotations

from sovereign_wizard.cluster import pods
from sovereign_wizard.cluster.client import Cluster
from sovereign_wizard.cluster.states import Json, condition

NAMESPACE = "catalyst-system"
PART = "app.kubernetes.io/name=catalyst,app.kubernetes.io/component={part}"


def first_admin(cluster: Cluster) -> str:
    """Why the first admin is not there yet; empty once its Job has ended well.

    Raises ClusterAway, SeedTimeout, NotServed.
    """
    path = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
    jobs = list(cluster.every(path, labelSelector=PART.format(part="first-admin")))
    # Another version of the chart brings another Job; whoever is there already is left alone.
    if any(_holds(job, "Complete") for job in jobs):
        return ""
    if not jobs:
        return "The Job that makes the first admin is not there yet."
    newest = max(jobs, key=lambda job: str(job["metadata"]["creationTimestamp"]))
    if _holds(newest, "Failed"):
        said = condition(newest, "Failed") or {}
        return f"The Job that makes the first admin gave up: {said.get('message', '')}"
    listed = cluster.every(
        f"/api/v1/namespaces/{NAMESPACE}/pods",
        labelSelector=f"batch.kubernetes.io/job-name={newest['metadata']['name']}",
    )
    why = "; ".join(filter(None, (pods.why(pod) or pods.before(pod) for pod in listed)))
    return f"The Job that makes the first admin is at work{f': {why}' if why else ''}."


def serving(cluster: Cluster) -> set[str]:
    """Names of the Pods that are ready to serve the console.

    Raises ClusterAway, SeedTimeout, NotServed.
    """
    listed = cluster.every(
        f"/api/v1/namespaces/{NAMESPACE}/pods", labelSelector=PART.format(part="web")
    )
    return {pod["metadata"]["name"] for pod in listed if _holds(pod, "Ready")}


def _holds(document: Json, kind: str) -> bool:
    said = condition(document, kind)
    return bool(said and said["status"] == "True")
