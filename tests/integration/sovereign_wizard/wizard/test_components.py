"""The step of components: what it shows and says, what comes along, and that a Deployment has it.

Nothing here runs a script: each click is a submit, as in a browser without JavaScript.
"""

from __future__ import annotations

import re
from html import unescape

import pytest

from catalyst.blueprints.services import apps, catalogue, kit
from sovereign_wizard.provisioning.context import Context
from sovereign_wizard.provisioning.models import Deployment
from sovereign_wizard.provisioning.phases import session
from sovereign_wizard.wizard.models import Draft

pytestmark = pytest.mark.django_db
ALL = list(kit().all_optional)


def draft() -> Draft:
    return Draft.objects.latest("created_at")


def acts(page: str) -> set[str]:
    """What can be clicked."""
    return set(re.findall(r'name="act" value="([^"]*)"', page))


def titles(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r"<h3><a [^>]*>([^<]*)</a></h3>", page)]


def said(page: str) -> str:
    found = re.search(r'<div id="said"[^>]*>(.*?)</div></div></div>', page, re.S)
    return re.sub(r"<[^>]*>", "", found[1]) if found else ""


@pytest.fixture
def click(begun):  # type: ignore[no-untyped-def]
    def send(act: str, **headers: str) -> str:
        answer = begun.client.post(begun.url("components"), {"act": act}, headers=headers)
        assert answer.status_code == (422 if "tone-error" in answer.text else 200)
        return str(answer.text)

    return send


@pytest.fixture
def look(begun):  # type: ignore[no-untyped-def]
    return lambda **asked: begun.client.get(begun.url("components"), asked).text


def test_given_nobody_chose_then_what_is_recommended_is_chosen_and_the_rest_says_not_yet(
    look,
) -> None:
    page = look()

    assert {f"remove:{name}" for name in ALL} <= acts(page)
    assert f"{len(ALL)} of {len(ALL)}" in page
    free = [each for each in catalogue().components.values() if not each.locked]
    assert sorted(titles(page)) == sorted(each.title for each in free)
    assert "Not yet: Catalyst has no chart for it yet." in page
    # W28: nothing that there is no chart for can be clicked.
    assert not {f"add:{each.id}" for each in free if not each.available} & acts(page)


def test_given_the_other_tab_then_what_is_always_there_is_locked_with_its_reason(look) -> None:
    page = look(view="always")

    assert sorted(titles(page)) == sorted(each.title for each in catalogue().locked)
    assert "Nobody could log in without it." in page and "Needed by Gateway." in page
    assert acts(page) == {"reset:"}


def test_given_something_added_then_what_comes_along_is_said_with_the_reason(begun, click) -> None:
    begun.components()
    assert draft().values["components"] == []

    page = click("add:crossplane-claims")

    assert "Crossplane claims was added." in said(page)
    assert "Crossplane came along: Crossplane claims needs it." in said(page)
    assert draft().values["components"] == ["crossplane", "crossplane-claims"]
    assert "components" not in draft().passed

    click("remove:crossplane-claims")

    assert draft().values["components"] == []


def test_given_something_that_another_needs_then_it_goes_only_after_a_word_that_lists_it(
    click,
) -> None:
    asked = click("remove:crossplane")

    assert 'role="alertdialog"' in asked and "<li>Crossplane claims</li>" in asked
    assert "remove-all:crossplane" in acts(asked)
    assert "components" not in draft().values, "nothing was changed yet"

    page = click("remove-all:crossplane")

    assert "Crossplane claims went with it" in said(page)
    assert draft().values["components"] == sorted({*ALL} - {"crossplane", "crossplane-claims"})

    click("reset:")

    assert draft().values["components"] == ALL


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("add:grafana", "Grafana cannot be added: Catalyst has no chart for it yet."),
        ("add:minecraft", "There is no such component."),
        ("remove:cilium", "Cilium is always included."),
        ("remove-all:keycloak", "Nobody could log in without it."),
        ("add-app:mysql", "cannot be chosen yet"),
        ("add-app:dify", "cannot be chosen yet"),
        ("remove-app:ghost", "was not chosen"),
        ("add-family:relay", "nothing of that family"),
        ("explode:spire", "does not know that"),
        ("<script>", "does not know that"),
    ],
)
def test_given_what_cannot_be_done_then_it_is_refused_in_words_and_nothing_changes(
    click, act: str, words: str
) -> None:
    assert words in said(click(act))
    assert not {"components", "apps"} & draft().values.keys()


def test_given_a_click_with_htmx_then_a_fragment_says_it_beside_the_page(click) -> None:
    page = click("remove:spire", **{"HX-Request": "true"})

    assert "<html" not in page and 'hx-swap-oob="innerHTML"' in page
    assert "add:spire" in acts(page) and "SPIRE was removed." in said(page)


def test_given_back_in_the_browser_then_htmx_gets_a_whole_page(begun) -> None:
    answer = begun.client.get(
        begun.url("components"),
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )

    assert "<html" in answer.text


def test_given_a_search_then_only_what_it_finds_is_there_and_the_families_are_counted(look) -> None:
    page = look(q="Postgre")

    assert titles(page) == ["FerretDB"], "CloudNativePG is in the other tab"
    assert titles(look(q="postgre", view="always")) == ["CloudNativePG"]
    chips = re.findall(r'<a class="chip"[^>]*>(\w+) <span class="figures">(\d+)', page)
    assert chips == [("All", "1"), ("Fabric", "1")]
    assert titles(look(q="%' OR 1=1 <b>")) == []
    assert "<b>&quot;" not in look(q="<b>") and "&lt;b&gt;" in look(q="<b>")


def test_given_a_family_then_its_components_are_shown_and_a_click_stays_there(begun, look) -> None:
    page = look(family="guardian")

    shown = [each for each in catalogue().family("guardian").components if not each.locked]
    assert sorted(titles(page)) == sorted(each.title for each in shown)
    action = re.search(r'<form id="components" method="post" action="([^"]*)"', page)
    assert action is not None
    after = begun.client.post(unescape(action[1]), {"act": "remove:spire"}).text
    assert sorted(titles(after)) == sorted(titles(page)) and "add:spire" in acts(after)


def test_given_a_stranger_then_none_of_the_pages_is_theirs(begun, person, browser) -> None:
    stranger = browser(person("stranger@example.com"))

    for place in ("", "spire/", "family/guardian/", "app/ghost/"):
        url = f"{begun.url('components')}{place}"
        assert stranger.get(url).status_code == 404
        assert stranger.post(url, {"act": "reset:"}).status_code == 404
    assert "components" not in draft().values


def test_w31_given_too_little_memory_then_it_is_said_beside_the_sum(begun, look) -> None:
    assert "It fits." in look()

    begun.provider(control_plane_size="cx33", small_control_plane="on", worker_count="0")

    page = look()
    assert 'id="memory-warning"' in page and " of 8<" in page
    assert 'id="memory-warning"' not in look(view="always") or " of 8<" in look(view="always")


def test_w28_given_another_browser_then_it_sees_the_same_choice(begun, click, browser) -> None:
    click("remove:spire")
    click("add-app:ghost")

    other = browser(draft().owner)
    page = other.get(begun.url("components")).text
    shop = other.get(begun.url("components"), {"view": "apps"}).text

    assert "add:spire" in acts(page) and "remove-app:ghost" in acts(shop)


def test_given_the_apps_then_what_can_be_chosen_can_and_what_is_not_installed_is_said(
    look, click
) -> None:
    page = look(view="apps")

    offered = {each.id for each in apps().values() if each.choosable}
    assert {f"add-app:{name}" for name in offered} | {"reset:"} == acts(page)
    assert "Nothing of them is installed yet" in page
    assert "MariaDB" in said(click("add-app:wordpress"))
    assert draft().values["apps"] == ["wordpress"]
    assert titles(look(view="apps"))[0] == "WordPress", "chosen ones stand first"


def test_given_a_draft_of_before_then_what_is_no_more_is_dropped_and_the_rest_is_there(
    begun, look
) -> None:
    old = draft()
    old.values = {**old.values, "components": ["spire", "gone-since"], "apps": ["gone", "ghost"]}
    old.save()

    page = look()
    begun.client.post(begun.url("components"))

    assert "remove:spire" in acts(page) and "add:crossplane" in acts(page)
    assert draft().values["components"] == ["spire"] and draft().values["apps"] == ["ghost"]


def test_given_a_change_then_the_step_is_open_again_and_back_keeps_it(begun, click) -> None:
    begun.components("spire")
    assert "components" in draft().passed

    click("add:nats-jetstream")

    assert "components" not in draft().passed
    assert begun.client.get(begun.url("domain")).url == begun.url("components")
    left = begun.client.post(begun.url("components"), {"go": "back"})
    assert left.url == begun.url("provider")
    assert draft().values["components"] == ["nats-jetstream", "spire"]


@pytest.mark.parametrize("chosen", [(), ("spire", "external-dns"), tuple(ALL)])
def test_w25_given_a_choice_then_review_shows_it_and_the_module_gets_just_that(
    begun, click, name, chosen: tuple[str, ...]
) -> None:
    for app in ("wordpress", "cal-com"):
        click(f"add-app:{app}")
    begun.components(*chosen)
    begun.domain(name)

    page = begun.client.get(begun.url("review")).text
    begun.client.post(begun.url("review"))

    told = dict(re.findall(r"<dt>(Chosen|Apps)</dt><dd><bdi>(.*?)</bdi>", page))
    names = sorted((kit().components[each].title for each in chosen), key=str.lower)
    assert told == {"Chosen": ", ".join(names) or "None", "Apps": "Cal.com, WordPress"}
    made = Deployment.objects.get()
    assert made.chosen_components == sorted(chosen)
    assert made.chosen_apps == ["cal-com", "wordpress"]
    # Nothing of a lease or a log is asked here.
    ctx = Context(made, made.runs.get(), None, None, "tofu-plan", None)  # type: ignore[arg-type]
    plain = session.variables(ctx)[0]
    assert plain["components"] == sorted(chosen)
    assert plain["apps"] == ["cal-com", "wordpress"]


def test_w32_given_a_refusal_of_the_choice_then_it_is_told_on_its_step(begun, name) -> None:
    begun.domain(name)
    kept = draft()
    kept.values = {**kept.values, "components": ["crossplane-claims"]}
    kept.save()

    answer = begun.client.post(begun.url("review"))

    assert answer.status_code == 422 and not Deployment.objects.exists()
    assert "Crossplane claims needs Crossplane." in answer.text
    assert "components" not in draft().passed
