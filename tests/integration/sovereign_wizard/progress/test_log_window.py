"""The log view on the real page of a real server, with a million lines and with breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from sovereign_wizard.provisioning.models import Deployment
from tests.e2e.every_page.album import too_wide
from tests.fault.catalyst.log_server import server
from tests.integration.internet.running import until
from tests.integration.sovereign_wizard.progress.long_logs import (
    World,
    in_sight,
    one_after_the_other,
    reached,
    shows,
    world,
)

pytestmark = pytest.mark.browser
MILLION = 1_000_000
MOST_ELEMENTS = 300  # lines that are elements at a time
WHEEL_PX = 900


@pytest.fixture(scope="module")
def there(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), server() as site, world(site) as made:
        yield made


@pytest.fixture(scope="module")
def million(there: World) -> Deployment:
    return there.filled(MILLION)


@pytest.mark.parametrize("wrap", [True, False], ids=["wrapped", "one row a line"])
def test_given_a_million_lines_when_scrolled_then_the_right_ones_and_few_elements(
    there: World, million: Deployment, wrap: bool
) -> None:
    with there.page(million) as page:
        lines = page.locator("#log-lines")
        shows(page, MILLION)
        expect(page.locator("#log-count")).to_have_text("1,000,000 lines")
        if not wrap:
            page.click("#log-wrap")
        lines.hover()
        tops = []
        for _ in range(12):
            before = in_sight(page)[0]
            page.mouse.wheel(0, -WHEEL_PX)
            seen = reached(page, lambda seen, top=before: seen[0] < top)
            assert one_after_the_other(seen)
            assert before - seen[0] <= WHEEL_PX // 20 + 1, "no line was jumped over"
            tops.append(seen[0])
            assert lines.locator(".line").count() <= MOST_ELEMENTS
        assert tops == sorted(tops, reverse=True)
        seen = reached(page, lambda seen: not page.locator(".line.pending").count())
        for seq in seen:
            assert (
                page.locator(f"#L{seq} > span")
                .inner_text()
                .startswith(f"hcloud_server.worker[{seq}]:")
            )

        lines.evaluate("box => { box.scrollTop = box.scrollHeight / 2 }")
        middle = reached(page, lambda seen: 450_000 < seen[0] < 550_000)
        assert one_after_the_other(middle)
        shows(page, middle[5])
        lines.press("Home")
        assert reached(page, lambda seen: seen[0] == 1)
        shows(page, 1)
        assert lines.locator(".line").count() <= MOST_ELEMENTS


def test_given_a_permalink_then_around_it_and_new_lines_do_not_move_it(there: World) -> None:
    deployment = there.filled(20_000)
    with there.page(deployment, "#L1041") as page:
        shows(page, 1041)
        expect(page.locator(".line.linked")).to_have_attribute("id", "L1041")
        expect(page.locator("#log-state")).to_contain_text("live")
        before = in_sight(page)

        there.append(deployment, "one", "two")

        resume = page.locator("#log-resume")
        expect(resume).to_have_text("2 new lines")
        assert in_sight(page) == before
        resume.click()
        shows(page, 20_002)
        expect(resume).to_be_hidden()
        expect(page.locator("#log-state")).to_have_text(
            re.compile(r"^live · \d+ m?s behind · complete · hash ok from line 20,001$")
        )
        there.append(deployment, "three")
        shows(page, 20_003)  # it follows again


def test_given_the_reader_scrolls_up_then_it_follows_no_more_until_end_is_pressed(
    there: World,
) -> None:
    deployment = there.filled(300)
    with there.page(deployment) as page:
        shows(page, 300)
        page.locator("#log-lines").hover()
        page.mouse.wheel(0, -300)
        expect(page.locator("#log-resume")).to_be_visible()
        before = in_sight(page)
        there.append(deployment, "new")
        expect(page.locator("#log-resume")).to_have_text("1 new line")
        assert in_sight(page) == before

        page.locator("#log-lines").press("End")
        shows(page, 301)
        expect(page.locator("#log-resume")).to_be_hidden()


def test_given_filters_then_only_what_fits_with_the_servers_numbers_and_what_comes_live(
    there: World, million: Deployment
) -> None:
    with there.page(million) as page:
        levels = page.locator("#log-level option")
        expect(levels.nth(2)).to_have_text("Errors (1,000)", timeout=60_000)
        page.select_option("#log-level", "error")
        expect(page.locator("#log-count")).to_have_text("1,000 of 1,000,000 lines", timeout=60_000)
        shows(page, MILLION)
        assert all(seq % 1000 == 0 for seq in in_sight(page))
        page.locator("#log-lines").press("Home")
        shows(page, 1000)
        page.select_option("#log-phase", "tofu-plan")
        expect(page.locator("#log-count")).to_have_text("1 of 1,000,000 lines", timeout=60_000)
        assert in_sight(page) == [1000]


def test_given_a_search_then_it_walks_all_matches_by_button_and_by_key(
    there: World, million: Deployment
) -> None:
    with there.page(million) as page:
        shows(page, MILLION)
        found, lines = page.locator("#log-found"), page.locator("#log-lines")
        lines.press("/")
        expect(page.locator("#log-search")).to_be_focused()
        page.keyboard.type("WORKER[99999")
        expect(found).to_have_text("1 of 11", timeout=60_000)
        shows(page, 99_999)
        expect(page.locator("#L99999 mark")).to_have_text("worker[99999")
        page.press("#log-search", "Enter")
        shows(page, 999_990)
        page.press("#log-search", "Escape")
        lines.press("n")
        expect(found).to_have_text("3 of 11")
        lines.press("N")
        lines.press("N")
        expect(found).to_have_text("1 of 11")
        page.click("#log-previous")
        shows(page, 999_999)
        page.fill("#log-search", "nowhere")
        expect(found).to_have_text("no match", timeout=60_000)


def test_given_marked_and_selected_lines_when_copied_then_their_text_without_numbers(
    there: World,
) -> None:
    deployment = there.deployment()
    there.append(deployment, *(f"text {n}" for n in range(1, 301)))
    with there.page(deployment, "#L100", permissions=["clipboard-read", "clipboard-write"]) as page:
        shows(page, 100)
        page.click("#L100 > a")
        page.click("#L103 > a", modifiers=["Shift"])
        assert page.url.endswith("#L100-L103")
        page.click("#log-copy")
        expect(page.locator("#log-copy")).to_have_text("Copied 4 lines")
        copied = "navigator.clipboard.readText()"
        assert page.evaluate(copied) == "text 100\ntext 101\ntext 102\ntext 103"

        page.evaluate(
            """() => {
                const text = seq => document.querySelector(`#L${seq} > span`).firstChild;
                getSelection().setBaseAndExtent(text(101), 2, text(103), 4);
            }"""
        )
        page.keyboard.press("Control+c")
        assert until(lambda: page.evaluate(copied) == "xt 101\ntext 102\ntext")

        page.locator("#log-lines").hover()
        page.mouse.wheel(0, 1500)
        reached(page, lambda seen: seen[0] > 110)
        page.evaluate("navigator.clipboard.writeText('')")
        page.keyboard.press("Control+c")  # what was selected is out of sight and still selected
        assert until(lambda: page.evaluate(copied)) == "xt 101\ntext 102\ntext"


def test_given_an_offline_spell_in_a_long_run_then_complete_and_nothing_twice(
    there: World,
) -> None:
    deployment = there.deployment()
    there.append(deployment, "first")
    with there.page(deployment) as page:
        state = page.locator("#log-state")
        expect(state).to_have_text(re.compile("^live .*complete · hash ok$"))
        page.context.set_offline(True)
        expect(state).to_have_text(re.compile("^offline"))
        there.append(deployment, *(f"line {n}" for n in range(2, 100_001)))
        page.context.set_offline(False)

        # How fast that is, is said by `make bench-ui`.
        expect(page.locator("#L100000")).to_be_in_viewport(timeout=90_000)
        expect(page.locator("#log-count")).to_have_text("100,000 lines")
        # The hash runs over every line once and in order: a lost or a doubled one would differ.
        expect(state).to_have_text(re.compile("^live .*complete · hash ok$"), timeout=90_000)
        there.finish(deployment)
        expect(state).to_have_text("finished · complete · hash ok")


def test_given_a_long_log_when_its_hash_is_asked_for_then_every_line_is_read(there: World) -> None:
    deployment = there.deployment()
    there.append(deployment, *["right"] * 12_000)
    wrong = there.filled(11_000)  # its hash was made up
    for one, said in ((deployment, "hash ok"), (wrong, "HASH DIFFERS")):
        with there.page(one) as page:
            page.click("#log-check")
            expect(page.locator("#log-state")).to_contain_text(said, timeout=90_000)


def test_given_choices_then_they_last_and_times_count_from_the_start(there: World) -> None:
    deployment = there.filled(2_000)
    with there.page(deployment, "#L1001") as page:
        time = page.locator("#L1001 > time")
        expect(time).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))
        page.click("#log-times")
        expect(time).to_have_text("+00:01.000")
        page.click("#log-wrap")
        page.reload()
        expect(time).to_have_text("+00:01.000")
        expect(page.locator("#log-wrap")).to_have_attribute("aria-pressed", "false")


def test_given_a_tab_in_the_background_then_it_catches_up(there: World) -> None:
    deployment = there.filled(300)
    with there.page(deployment) as page:
        shows(page, 300)
        other = page.context.new_page()
        other.bring_to_front()
        there.append(deployment, *(f"late {n}" for n in range(700)))
        page.bring_to_front()
        shows(page, 1000)


def test_given_new_lines_then_screen_readers_are_told_only_while_following(there: World) -> None:
    deployment = there.filled(300)
    with there.page(deployment) as page:
        expect(page.locator("#log-state")).to_contain_text("complete")
        spoken = page.locator("#log-spoken")
        there.append(deployment, "made it", "broke it", level="error")
        expect(spoken).to_have_text("2 new lines, 2 errors. Last: broke it", timeout=15_000)
        page.locator("#log-lines").press("Home")
        there.append(deployment, "unheard")
        expect(page.locator("#log-resume")).to_have_text("1 new line")
        page.locator("#log-lines").press("End")
        there.append(deployment, "heard")
        expect(spoken).to_have_text("1 new line. Last: heard", timeout=15_000)


def test_given_a_phone_then_text_wraps_and_nothing_is_wider_than_the_screen(there: World) -> None:
    deployment = there.deployment()
    there.append(deployment, *["word " * 100] * 60)
    with there.page(deployment, viewport={"width": 390, "height": 844}) as page:
        shows(page, 60)
        assert too_wide(page) == []
        heights = page.locator("#log-lines .line").evaluate_all(
            "lines => lines.map(line => line.offsetHeight)"
        )
        assert min(heights) > 100, "five or more rows each"
        assert one_after_the_other(in_sight(page))
        page.locator("#log-lines").press("Home")
        shows(page, 1)
        assert in_sight(page)[0] == 1


def test_given_no_javascript_then_the_page_leads_to_the_plain_log(there: World) -> None:
    deployment = there.filled(1_500)
    with there.page(deployment, java_script_enabled=False) as page:
        expect(page.locator("#log-lines")).to_be_hidden()
        page.get_by_role("link", name="Read the newest lines").click()
        expect(page.locator("li#L1500")).to_be_visible()
        page.get_by_role("link", name="Older").click()
        expect(page.locator("li#L1101")).to_be_visible()
        page.get_by_label("Level").select_option("error")
        page.get_by_role("button", name="Find").click()
        expect(page.locator(".said li")).to_have_count(1)
        page.get_by_role("link", name="1000", exact=True).click()
        expect(page.locator("li.linked")).to_have_attribute("id", "L1000")
