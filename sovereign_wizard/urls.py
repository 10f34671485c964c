"""Routes under /sovereign."""

from django.urls import URLPattern, path

from sovereign_wizard.handover import views as handover
from sovereign_wizard.operations.views import operations
from sovereign_wizard.progress import board, lifecycle
from sovereign_wizard.progress import views as progress
from sovereign_wizard.wizard import components
from sovereign_wizard.wizard.credentials import credentials
from sovereign_wizard.wizard.domain import domain, name
from sovereign_wizard.wizard.organisation import organisation
from sovereign_wizard.wizard.provider import provider
from sovereign_wizard.wizard.review import preflight, review
from sovereign_wizard.wizard.token import key, token
from sovereign_wizard.wizard.topology import topology

urlpatterns: list[URLPattern] = [
    path("", progress.sovereigns, name="sovereigns"),
    path("sovereigns.csv", progress.sovereigns_csv, name="sovereigns-csv"),
    path("operations/", operations, name="operations"),
    path("new/", organisation, name="wizard"),
    path("new/name/", name, name="wizard-name"),
    path("new/<uuid:draft_id>/organisation/", organisation, name="wizard-organisation"),
    path("new/<uuid:draft_id>/topology/", topology, name="wizard-topology"),
    path("new/<uuid:draft_id>/credentials/", credentials, name="wizard-credentials"),
    path("new/<uuid:draft_id>/token/", token, name="wizard-token"),
    path("new/<uuid:draft_id>/key/", key, name="wizard-key"),
    path("new/<uuid:draft_id>/provider/", provider, name="wizard-provider"),
    path("new/<uuid:draft_id>/components/", components.components, name="wizard-components"),
    *[
        path(f"new/<uuid:draft_id>/components/{place}/", view, name=f"wizard-{name}")
        for place, view, name in (
            ("family/<slug:family>", components.family, "component-family"),
            ("app/<slug:app>", components.app, "component-app"),
            ("<slug:component>", components.component, "component"),
        )
    ],
    path("new/<uuid:draft_id>/domain/", domain, name="wizard-domain"),
    path("new/<uuid:draft_id>/review/", review, name="wizard-review"),
    path("new/<uuid:draft_id>/preflight/<slug:check>/", preflight, name="wizard-preflight"),
    path("new/<uuid:draft_id>/discard/", progress.discard_draft, name="wizard-discard"),
    path("deployments/<uuid:deployment_id>/", progress.deployment, name="deployment"),
    path("deployments/<uuid:deployment_id>/jobs.csv", board.job_csv, name="deployment-jobs-csv"),
    path("deployments/<uuid:deployment_id>/jobs/<str:job_name>/", board.job, name="deployment-job"),
    *[
        path(f"deployments/<uuid:deployment_id>/{name}/", view, name=f"deployment-{name}")
        for name, view in {
            "jobs": board.job_list,
            "timeline": board.bars,
            "flow": board.graph,
            "infrastructure": board.exists,
            "domain": board.domain,
            "cancel": lifecycle.cancel,
            "retry": lifecycle.retry,
            "approve": lifecycle.approve,
            "destroy": lifecycle.destroy,
            "mail": progress.mail,
            "first-admin": progress.first_admin,
            "leftovers": handover.leftovers,
            "look": handover.look,
            "remove": handover.remove,
            "handover": handover.handover,
            "kubeconfig": handover.kubeconfig,
            "archive": handover.archive,
            "passphrase": handover.passphrase,
            "destroy-token": handover.destroy_token,
        }.items()
    ],
]
