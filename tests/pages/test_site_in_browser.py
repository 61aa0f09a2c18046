"""The site in a real browser, without a network: nothing is fetched, and a phone can show it."""

import shutil
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
SITE, SCREENSHOTS = ROOT / "build/site", ROOT / "build/screenshots/site"
WIDTHS = {"wide": 1400, "narrow": 390}


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


@pytest.fixture(params=WIDTHS)
def page(browser, request):
    """Open a page that collects what it asks the network for, and what goes wrong in it."""
    context = browser.new_context(
        viewport={"width": WIDTHS[request.param], "height": 900}, offline=True
    )
    opened = context.new_page()
    opened.width, opened.kind = WIDTHS[request.param], request.param
    opened.asked, opened.errors = [], []
    opened.on("request", lambda asked: opened.asked.append(asked.url))
    opened.on("pageerror", lambda error: opened.errors.append(str(error)))
    yield opened
    context.close()


def test_site_pages_fit_the_screen_and_ask_for_nothing(page):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for path in sorted(SITE.rglob("*.html")):
        page.goto(path.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.width, f"{path.name} is {width} pixels wide"
        broken = page.evaluate(
            "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        )
        assert not broken, path.name
        name = "_".join(path.relative_to(SITE).with_suffix("").parts)
        page.screenshot(path=SCREENSHOTS / f"{name}_{page.kind}.png")
    outside = [url for url in page.asked if not url.startswith(("file:", "data:"))]
    assert not outside and not page.errors


def test_site_search_finds_a_term(page):
    page.goto(f"{(SITE / 'search.html').as_uri()}?q=entropy")
    page.locator("#search-results li a", has_text="Glossary").first.wait_for(timeout=60_000)
    assert page.locator("#search-results li").count() > 1


def test_site_is_dark_where_the_reader_wants_it(page):
    page.emulate_media(color_scheme="dark")
    page.goto((SITE / "index.html").as_uri())
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in colour[4:-1].split(",")[:3]) < 60
