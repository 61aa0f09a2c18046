"""Visit the studio's page as many people at once: seconds to the first picture, memory in all.

    python tests/visit_app.py [VISITORS]

Each visitor is a page of a real browser, on the same machine as the server, and sends a photo of
his own; its pixels are looked at. Fails if one is shown another's.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import sync_playwright

from browser_servers import serve_app
from test_browser import (
    CHROMIUM_OPTIONS,
    chromium_path,
    photos_listed,
    pixels_of,
    png_of,
    preview_of,
    send,
)

WATCH = """setInterval(() => {
    const image = document.querySelector('img.unetlab-preview')
    if (image && image.complete && image.naturalWidth && !window.firstPicture)
        window.firstPicture = performance.now() / 1000
}, 50)"""
QUARTER = 15 * 60_000


def server_processes():
    """List the page's processes: Voila, the model, and a kernel for each visitor."""
    (page,) = (child for child in psutil.Process().children() if "page.py" in child.cmdline())
    return [page, *page.children(recursive=True)]


def gigabytes_in_all():
    """Add up the processes' memory; what several share counts once."""
    return sum(process.memory_full_info().pss for process in server_processes()) / 1e9


def seconds_of_work():
    """Add up what the processes have worked so far."""
    return sum(sum(process.cpu_times()[:2]) for process in server_processes())


def wait_until_idle():
    """Wait until the pages that are made ready are ready; return the seconds."""
    began, before = time.perf_counter(), -1.0
    while (now := seconds_of_work()) > before + 0.2:
        before = now
        time.sleep(3)
    return time.perf_counter() - began


def photo_of(visitor):
    """Make another photo for each visitor."""
    bits = np.array([visitor >> bit & 1 for bit in range(8)])
    image = np.full([80, 96, 3], 250, np.uint8)
    image[:, np.repeat(bits, 12) == 1] = (250, 120, 120)
    return image


def visit(browser, address, count):
    """Open the page for all at once; return each one's seconds to the first picture."""
    pages = [browser.new_context().new_page() for _ in range(count)]
    for page in pages:
        page.add_init_script(WATCH)
        page.evaluate("address => { setTimeout(() => { location.href = address }, 500) }", address)
    seconds = []
    for page in pages:
        preview_of(page).wait_for(timeout=QUARTER)
        page.wait_for_function("window.firstPicture", timeout=QUARTER)
        seconds.append(page.evaluate("window.firstPicture"))
    return pages, seconds


def send_own_photos(pages):
    """Send a photo from every page; return the seconds until the last is shown."""
    began = time.perf_counter()
    for number, page in enumerate(pages):
        content = png_of(photo_of(number))
        send(page, {"name": "own.png", "mimeType": "image/png", "buffer": content})
    for page in pages:
        message = page.locator("[role=status]").last
        message.filter(has_text="own, 96 x 80").wait_for(timeout=QUARTER)
    return time.perf_counter() - began


def strangers_seen(pages):
    """List who is shown a photo that is not nearest to his own, or another's name."""
    seen = []
    for page in pages:
        page.get_by_role("slider").last.press("Home")  # no strength: the photo as it is
    # A photo that is all subject does not change at all: there is nothing to wait for.
    pages[-1].wait_for_timeout(5000)
    for number, page in enumerate(pages):
        pixels = pixels_of(page)
        errors = [np.abs(pixels - photo_of(other)).mean() for other in range(len(pages))]
        if (
            np.argmin(errors) != number
            or min(errors) > 6
            or photos_listed(page) != ["chelsea", "own"]
        ):
            seen.append(number)
    return seen


def main(count):
    """Serve the page, visit it, and print the figures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_app(Path(folder), count) as address,
        sync_playwright() as driver,
    ):
        print(f"ready after {wait_until_idle():.0f} s, {gigabytes_in_all():.2f} GB", flush=True)
        browser = driver.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_OPTIONS)
        pages, seconds = visit(browser, address, count)
        print("first pictures after", *(f"{value:.1f}" for value in sorted(seconds)), "s")
        print(f"{gigabytes_in_all():.2f} GB with {count} visitors", flush=True)
        print(f"{count} own photos shown after {send_own_photos(pages):.1f} s")
        wait_until_idle()
        print(f"{gigabytes_in_all():.2f} GB, with as many pages ready again")
        strangers = strangers_seen(pages)
        browser.close()
    print(f"shown what is another's: {strangers or 'none'}")
    return 1 if strangers else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("visitors", type=int, nargs="?", default=16, help="how many (16)")
    raise SystemExit(main(parser.parse_args().visitors))
