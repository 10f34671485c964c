"""The wizard from the first question to a Deployment: what is kept, refused, open and secret."""

from __future__ import annotations

import pytest

from catalyst.vault import services as vault
from catalyst.vault.models import SealedSecret
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.wizard.models import Draft

pytestmark = pytest.mark.django_db


def draft() -> Draft:
    return Draft.objects.latest("created_at")


def test_w7_given_good_credentials_then_the_token_is_sealed_and_never_in_a_page(
    walk, tokens
) -> None:
    assert walk.credentials().url == walk.url("provider")

    page = walk.client.get(walk.url("credentials")).content.decode()
    assert "Token kept" in page
    assert tokens.read_write not in page
    assert tokens.read_write not in str(draft().values)
    assert vault.get(draft().token_reference).reveal() == tokens.read_write


@pytest.mark.parametrize(
    ("which", "says"),
    [("short", "64 letters"), ("read_only", "may not write"), ("unknown", "does not know")],
)
def test_given_a_wrong_token_then_the_message_is_beside_it_and_the_rest_is_kept(
    walk, tokens, which: str, says: str
) -> None:
    token = {"short": "abc", "read_only": tokens.read_only, "unknown": "y" * 64}[which]

    answer = walk.credentials(hetzner_token=token)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert 'aria-describedby="id_hetzner_token-help id_hetzner_token-error token-state"' in page
    assert 'value="3311"' in page and walk.key in page
    assert token not in page
    assert not SealedSecret.objects.filter(purpose="wizard.hetzner-token").exists()


def test_given_a_good_token_beside_a_bad_key_then_it_need_not_be_pasted_again(walk) -> None:
    assert walk.credentials(ssh_public_key="nonsense").status_code == 422

    answer = walk.client.post(
        walk.url("credentials"), {"hetzner_project_id": "3311", "ssh_public_key": walk.key}
    )

    assert answer.url == walk.url("provider")


def test_given_another_token_then_the_one_before_is_destroyed(walk) -> None:
    walk.credentials()
    before = draft().token_reference

    walk.client.post(
        walk.url("credentials"),
        {
            "hetzner_token": walk.tokens.another,
            "hetzner_project_id": "3311",
            "ssh_public_key": walk.key,
        },
    )

    assert draft().token_reference != before
    assert not SealedSecret.objects.filter(pk=before).exists()
    assert vault.get(draft().token_reference).reveal() == walk.tokens.another


@pytest.mark.parametrize("step", ["domain", "review"])
def test_given_an_unanswered_question_then_later_steps_are_closed(walk, step: str) -> None:
    walk.credentials()

    assert walk.client.get(walk.url(step)).url == walk.url("provider")


def test_given_the_token_expired_then_the_wizard_asks_for_it_again(walk) -> None:
    walk.credentials()
    vault.delete(draft().token_reference)

    assert walk.client.get(walk.url("provider")).url == walk.url("credentials")
    assert "thrown away" in walk.client.get(walk.url("credentials")).content.decode()


def test_given_the_provider_step_then_prices_and_stock_are_those_of_hetzner(walk) -> None:
    walk.credentials()

    page = walk.client.post(
        walk.url("provider"),
        {"go": "show", "region": "hel1", "control_plane_size": "cx43", "worker_count": "0"},
        headers={"HX-Request": "true"},
    ).content.decode()

    assert "<html" not in page
    assert "cx43" in page and "cx22" not in page
    assert "Per month, net" in page and "€" in page


def test_given_a_small_control_plane_then_it_takes_a_second_yes(walk) -> None:
    walk.credentials()

    refused = walk.provider(control_plane_size="cx33")
    accepted = walk.provider(control_plane_size="cx33", small_control_plane="on")

    assert refused.status_code == 422 and "needs 16 GB" in refused.content.decode()
    assert accepted.url == walk.url("components")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"region": "mars1"}, "not sold there"),
        ({"control_plane_size": "cx22"}, "not sold there"),
        ({"worker_size": ""}, "size for the workers"),
        ({"worker_count": "51"}, "50"),
        ({"worker_count": "-1"}, "0"),
    ],
)
def test_given_an_impossible_size_then_it_is_refused_beside_its_field(walk, changes, says) -> None:
    walk.credentials()

    answer = walk.provider(**changes)

    assert answer.status_code == 422 and says in answer.content.decode()
    assert draft().passed == ["organisation", "topology", "credentials"]


def test_given_back_then_what_was_typed_is_there_again(walk) -> None:
    walk.credentials()
    walk.provider()
    walk.components()

    answer = walk.client.post(
        walk.url("domain"),
        {"go": "back", "subdomain": "half typed", "own_domain": "a.b"},
    )

    assert answer.url == walk.url("components")
    page = walk.client.get(walk.url("domain")).content.decode()
    assert 'value="half typed"' in page and 'value="a.b"' in page


@pytest.mark.parametrize("name", ["admin", "ab", "-x", "a b"])
def test_given_a_name_nobody_may_take_then_the_step_says_why(walk, name: str) -> None:
    walk.credentials()
    walk.provider()

    answer = walk.domain(name)

    assert answer.status_code == 422
    assert 'id="id_subdomain-error"' in answer.content.decode()


def test_given_a_name_while_typing_then_a_fragment_says_whether_it_is_free(walk, pool) -> None:
    ask = {"pool_domain": pool.domain, "subdomain": "console"}

    taken = walk.client.get("/sovereign/new/name/", ask).content.decode()
    free = walk.client.get("/sovereign/new/name/", ask | {"subdomain": "zq7-free"}).content.decode()

    assert "circle-x" in taken and "<html" not in taken
    assert f"zq7-free.{pool.domain}" in free and "is free" in free


def test_given_all_answers_then_review_shows_them_and_provision_makes_one(walk, name) -> None:
    walk.credentials()
    walk.provider()
    assert walk.domain(name).url == walk.url("review")
    page = walk.client.get(walk.url("review")).content.decode()
    for shown in ("Omantel", "admin@omantel.example", name, "cx43", "Helsinki", "SHA256:", "3311"):
        assert shown in page
    assert walk.tokens.read_write not in page

    first, second = walk.client.post(walk.url("review")), walk.client.post(walk.url("review"))

    made = Deployment.objects.get()
    assert first.url == second.url == f"/sovereign/deployments/{made.pk}/"
    assert (made.fqdn.split(".")[0], made.worker_count, made.worker_size) == (name, 1, "cx33")
    assert draft().token_reference == ""
    assert not SealedSecret.objects.filter(purpose="wizard.hetzner-token").exists()


@pytest.mark.parametrize("chosen", [False, True])
def test_given_deletion_protection_then_review_says_it_and_the_deployment_carries_it(
    walk, name, chosen: bool
) -> None:
    walk.credentials()
    walk.provider(**({"delete_protection": "on"} if chosen else {}))
    walk.domain(name)

    page = walk.client.get(walk.url("review")).content.decode()
    walk.client.post(walk.url("review"))

    assert ("can be deleted by hand" in page) is chosen
    assert Deployment.objects.get().delete_protection is chosen


def test_given_deletion_protection_then_it_survives_showing_other_prices(walk) -> None:
    walk.credentials()

    values = {"go": "show", "region": "hel1", "worker_count": "0", "delete_protection": "on"}
    page = walk.client.post(walk.url("provider"), values).content.decode()

    [box] = [line for line in page.splitlines() if 'name="delete_protection"' in line]
    assert "checked" in box


def test_given_the_name_was_taken_meanwhile_then_the_domain_step_says_so(
    walk, name, person, browser
) -> None:
    walk.credentials()
    walk.provider()
    walk.domain(name)
    rival = type(walk)(browser(person("rival@example.com")), walk.tokens, walk.key)
    mine = walk.url("review")
    rival.credentials()
    rival.provider()
    rival.domain(name)
    rival.client.post(rival.url("review"))

    answer = walk.client.post(mine)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_subdomain-error"' in page and "What is it called?" in page
    assert mine.replace("review", "domain") in page
    assert Deployment.objects.count() == 1


def test_given_somebody_elses_draft_then_it_does_not_exist_for_me(walk, person, browser) -> None:
    walk.credentials()
    stranger = browser(person("stranger@example.com"))

    assert stranger.get(walk.url("provider")).status_code == 404
    assert stranger.post(walk.url("discard")).status_code == 404


def test_given_a_draft_then_the_list_leads_back_and_it_can_be_thrown_away(walk) -> None:
    walk.credentials()
    reference = draft().token_reference
    assert walk.url("provider") in walk.client.get("/sovereign/").content.decode()

    walk.client.post(walk.url("discard"))

    assert not Draft.objects.exists()
    assert not SealedSecret.objects.filter(pk=reference).exists()
