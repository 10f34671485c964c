"""Two clicks on Provision at the same instant, over two connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import RequestFactory

from catalyst.identity.models import User
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.wizard import drafts
from sovereign_wizard.wizard.models import Draft


@pytest.mark.django_db(transaction=True)
def test_given_two_clicks_at_once_then_both_lead_to_the_one_deployment(walk, name) -> None:
    walk.credentials()
    walk.provider()
    walk.domain(name)
    together = Barrier(2)

    def click() -> str:
        # Both have read the draft before either provisions, as two requests would.
        draft, actor = Draft.objects.get(), User.objects.get()
        together.wait(timeout=10)
        try:
            return str(
                drafts.provision(draft=draft, actor=actor, request=RequestFactory().post("/"))
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = [click.result() for click in [pool.submit(click) for _ in range(2)]]

    assert answers == [str(Deployment.objects.get().pk)] * 2
