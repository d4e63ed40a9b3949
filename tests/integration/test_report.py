"""A report full of hostile text in a real browser: nothing runs, nothing is fetched, nothing breaks out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page

from goldleaf_tools.audit.report import write
from tests.audits import HOSTILE, audit_of, infected
from tests.browser import chromium


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(infected(audit_of("mammo"), HOSTILE), tmp_path_factory.mktemp("report"))


@contextmanager
def page_of(report: Path, **options: object) -> Iterator[tuple[Page, list[str], list[str]]]:
    """The page, what it asks for, and what it complains of."""
    with chromium() as browser:
        page = browser.new_page(**options)
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))

        def dismiss(dialog: object) -> None:
            said.append("a dialog")
            dialog.dismiss()  # type: ignore[attr-defined]

        page.on("dialog", dismiss)
        page.goto(report.as_uri())
        yield page, asked, said


def test_page__hostile_text_everywhere__runs_and_fetches_nothing(report: Path) -> None:
    with page_of(report) as (page, asked, said):
        for summary in page.locator("summary").all():
            summary.click()
        page.mouse.move(300, 300)
        assert page.title() == "Audit of task 1"
        assert asked == [report.as_uri()] and said == []
        assert page.evaluate("document.querySelectorAll('a, img, script, link, iframe, [href], [src]').length") == 0
        assert page.locator("svg[role=img][aria-label]").count() == 5
        assert page.get_by_text("<script>alert(1)</script>").first.is_visible()


def test_page__a_picture_put_into_it__is_refused_by_its_policy(report: Path) -> None:
    with page_of(report) as (page, _, said):
        failed: dict[str, str | None] = {}
        page.on("requestfailed", lambda request: failed.update({request.url: request.failure}))
        violated = page.evaluate(
            """() => new Promise(resolve => {
                document.addEventListener("securitypolicyviolation", event => resolve(event.effectiveDirective))
                const image = document.createElement("img")
                image.src = "https://example.invalid/track.png"
                document.body.append(image)
            })"""
        )
        assert violated == "img-src"
        assert failed == {"https://example.invalid/track.png": "csp"}
        assert any("Content Security Policy" in line for line in said)


@pytest.mark.parametrize("width", [400, 1200])
def test_page__long_text_and_wide_tables__stay_in_their_boxes(report: Path, width: int) -> None:
    with page_of(report, viewport={"width": width, "height": 800}) as (page, _, _):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        table = page.locator(".scroll", has=page.locator("table")).first
        if width == 400:
            assert table.evaluate("box => box.scrollWidth > box.clientWidth")


def test_page__in_the_dark_and_in_print__has_colours_that_can_be_read(report: Path) -> None:
    with page_of(report, color_scheme="dark") as (page, _, _):
        paper = "getComputedStyle(document.body).backgroundColor"
        ink = "getComputedStyle(document.querySelector('svg text')).fill"
        assert page.evaluate(paper) == "rgb(23, 22, 19)"
        assert page.evaluate(ink) == "rgb(169, 163, 150)"
        page.emulate_media(media="print")
        assert page.evaluate(paper) == "rgb(255, 255, 255)"
        assert page.evaluate(ink) == "rgb(68, 68, 68)"


@pytest.mark.parametrize("hostile", [False, True])
def test_page__1200_pixels_wide__no_table_has_to_be_scrolled(report: Path, tmp_path: Path, hostile: bool) -> None:
    shown = report if hostile else write(audit_of("mammo"), tmp_path)
    with page_of(shown, viewport={"width": 1200, "height": 900}) as (page, _, _):
        widths = page.evaluate(
            """[...document.querySelectorAll(".scroll")].map(
                area => [area.getAttribute("aria-label"), area.scrollWidth - area.clientWidth])"""
        )
        assert len(widths) > 10 and [name for name, hidden in widths if hidden > 0] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 1200
