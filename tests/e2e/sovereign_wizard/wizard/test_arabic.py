"""The wizard in Arabic in Chromium, at a desk and on a phone: from the right, and nothing sideways.

`CATALYST_SCREENS=docs/screens` keeps what it looked like.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from catalyst.embedded.demo.path import Cloud
from catalyst.embedded.state import StackState
from sovereign_wizard.preflight.services import CHECKS
from tests.e2e.browser import complaints
from tests.e2e.conftest import Console

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.slow, pytest.mark.browser]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SCREENS = os.environ.get("CATALYST_SCREENS", "")
NEXT = "حفظ ومتابعة"
# What stands out at either side, for the message of a failure.
WIDE = """all => all.filter(one => { const box = one.getBoundingClientRect();
  return box.left < -1 || box.right > innerWidth + 1; }).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture
def page(chromium: Browser, state: StackState, console: Console) -> Iterator[Page]:
    """A browser that asks for Arabic; a complaint in its console fails the test."""
    context = chromium.new_context(base_url=state.web_url, viewport=DESK, locale="ar-OM")
    context.set_default_timeout(20_000)
    opened = context.new_page()
    found = complaints(opened)
    opened.goto("/login/")
    look(opened, "login")
    opened.get_by_label("E-mail").or_(opened.get_by_label("البريد الإلكتروني")).fill(console.email)
    opened.get_by_label("كلمة المرور أو الرمز لمرة واحدة").fill(console.password)
    opened.get_by_role("button", name="تسجيل الدخول").click()
    opened.wait_for_url("**/sovereign/")
    yield opened
    context.close()
    assert not found, found


def look(page: Page, name: str) -> None:
    """It reads from the right and fits at both widths; what is not Arabic keeps its direction."""
    for size, viewport in (("", DESK), ("-phone", PHONE)):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        wide = page.locator("body *").evaluate_all(WIDE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), wide
        turned = page.locator("code, kbd, pre, svg").evaluate_all(
            "all => all.filter(one => getComputedStyle(one).direction !== 'ltr').length"
        )
        assert turned == 0, page.url
        if SCREENS:
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=Path(SCREENS) / f"arabic-{name}{size}.png", full_page=True)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]


def go_on(page: Page, step: str) -> None:
    page.get_by_role("button", name=NEXT).click()
    page.wait_for_url(f"**/{step}/")


def test_given_an_arabic_browser_when_walking_all_steps_then_from_the_right_and_provisioned(
    page: Page, cloud: Cloud, console: Console
) -> None:
    page.goto("/sovereign/new/")
    page.get_by_role("button", name=NEXT).click()
    expect(page.locator("#id_organization_name-error")).to_have_text("أعطِ اسم المؤسسة.")
    page.get_by_label("المؤسسة", exact=True).fill("الشركة العمانية للاتصالات")
    look(page, "wizard-organisation")
    go_on(page, "topology")
    page.locator("#topology-solo").check()
    look(page, "wizard-topology")
    go_on(page, "credentials")
    page.locator("#id_hetzner_token").fill(cloud.token("arabic"))
    expect(page.locator("#token-state")).to_contain_text("مشروعه فارغ")
    page.get_by_label("معرّف مشروع Hetzner").fill("4711")
    page.get_by_role("button", name="أنشئ لي زوج مفاتيح").click()
    expect(page.locator("#key-state")).to_contain_text("SHA256:")
    page.reload()  # the private key is in no picture
    look(page, "wizard-credentials")
    go_on(page, "provider")
    page.locator("#region-fsn1").check()
    page.locator("#size-cx43").check()
    expect(page.get_by_label("التقدير")).to_contain_text("€")
    look(page, "wizard-provider")
    go_on(page, "components")
    look(page, "wizard-components")
    go_on(page, "domain")
    name = f"arabic-{uuid.uuid4().hex[:8]}"
    page.locator("#id_subdomain").press_sequentially(name)
    expect(page.locator("#availability")).to_contain_text(f"{name}.omani.works متاح")
    look(page, "wizard-domain")
    go_on(page, "review")
    for check in CHECKS:
        expect(page.locator(f"#check-{check.id}")).to_contain_text(" م.ث")
    look(page, "wizard-review")
    page.get_by_role("button", name=f"أنشئ {name}.omani.works").click()
    page.wait_for_url(re.compile(r"/deployments/[0-9a-f-]+/$"))
    expect(page.locator("#overview time[data-ago]").first).to_have_text(re.compile("قبل|الآن"))
    found = re.search(r"deployments/([0-9a-f-]+)/", page.url)
    assert found
    console.until(found[1], ready)
    page.reload()
    expect(page.locator("#overview")).to_contain_text("جاهزة: كل مرحلة مُثبتة")
    look(page, "deployment-ready")
    for tab in ("jobs", "timeline", "flow", "infrastructure", "domain", "handover"):
        page.goto(f"/sovereign/deployments/{found[1]}/{tab}/")
        look(page, f"deployment-{tab}")
    page.goto("/sovereign/")
    look(page, "sovereigns")


def ready(seen: dict[str, object]) -> bool:
    return seen["status"] == "ready"


def test_given_a_page_in_arabic_when_english_is_chosen_then_english_from_the_left(
    page: Page,
) -> None:
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sovereigns")
