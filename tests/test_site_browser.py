"""The site in a real browser: a phone can show its pages, and its search finds what one asks.

Run by `make test-browser`, after `make site`.
"""

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[1]
SITE, SCREENSHOTS = ROOT / "build/site", ROOT / "build/screenshots/site"


@pytest.fixture(scope="module")
def browser():
    """Start Chromium without a window; skip where it, Playwright or the site is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("there is no chromium on the path; install it to run the browser tests")
    if not (SITE / "index.html").exists():
        pytest.skip("there is no build/site; run make site first")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [1400, 390])
def test_site_pages_fit_the_screen_and_their_pictures_are_there(browser, width):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in sorted(SITE.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
        broken = page.evaluate(
            "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        )
        assert not broken, path.name
        name = "_".join(path.relative_to(SITE).with_suffix("").parts)
        page.screenshot(path=SCREENSHOTS / f"{name}_{width}.png")
    assert not errors
    page.close()


def test_site_search_finds_what_one_asks(browser):
    page = browser.new_page()
    page.goto(f"{(SITE / 'search.html').as_uri()}?q=cut out my own photo")
    for title in ("without code", "Photoshop: ", "Label your own: "):
        page.locator("#search-results li a", has_text=title).first.wait_for(timeout=60_000)
