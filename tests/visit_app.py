"""Visit the studio's page as many people at once: seconds to the first picture, memory in all.

    python tests/visit_app.py [--light] [VISITORS]

Each visitor is a page of a real browser, on the same machine as the server, and sends a photo of
his own; its pixels are looked at. Fails if one is shown another's.

Browsers take more of the machine than the server does, and on as few cores they wait for each
other. Light visitors are none: they ask the server what the page's script asks, so that the seconds
are the server's alone. What each side worked is printed, too, which no other program changes.
"""

import argparse
import asyncio
import io
import json
import re
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np
import psutil
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from PIL import Image
from playwright.sync_api import sync_playwright
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect

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
V1 = "v1.kernel.websocket.jupyter.org"  # Voila reads all binary messages as this protocol's.


def server_processes():
    """List the page's processes: Voila, the model, and a kernel for each visitor."""
    (page,) = (child for child in psutil.Process().children() if "page.py" in child.cmdline())
    return [page, *page.children(recursive=True)]


def gigabytes_in_all():
    """Add up the processes' memory; what several share counts once."""
    return sum(process.memory_full_info().pss for process in server_processes()) / 1e9


def seconds_of_work(processes=None):
    """Add up what the server's processes, or others, have worked so far."""
    return sum(sum(one.cpu_times()[:2]) for one in processes or server_processes())


def browser_processes():
    """List the browser's processes and Playwright's."""
    server = {process.pid for process in server_processes()}
    return [one for one in psutil.Process().children(recursive=True) if one.pid not in server]


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


def message(kind, **content):
    """Write a message to the kernel, as the page's script does."""
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": "light"}
    parts = [{**header, "version": "5.3"}, {}, {"version": "1.0.0"}, content]
    return serialize_msg_to_ws_v1([json.dumps(part).encode() for part in parts], "shell")


async def open_lightly(address):
    """Ask for the page, what it loads and its widgets; return the seconds to the first picture."""
    patience = {"connect_timeout": 600, "request_timeout": 600}
    began, client = time.perf_counter(), AsyncHTTPClient()
    page = (await client.fetch(address, **patience)).body.decode()
    loaded = re.findall(r'(?:src|href)="(/voila/[^"]+)"', page)
    await asyncio.gather(*(client.fetch(address + path, **patience) for path in loaded))
    (kernel,) = re.findall(r'kernelId": "([^"]+)"', page)
    path = f"{address.replace('http', 'ws')}/api/kernels/{kernel}/channels?session_id=light"
    options = {"max_message_size": 10**8, "subprotocols": [V1], "connect_timeout": 600}
    socket, comm = await websocket_connect(path, **options), uuid.uuid4().hex
    target = {"target_name": "jupyter.widget.control", "data": {}}
    states = {"method": "request_states"}
    for one in (message("comm_open", comm_id=comm, **target),
                message("comm_msg", comm_id=comm, data=states)):  # fmt: skip
        await socket.write_message(one, binary=True)
    while True:  # until a message brings more than its four parts of JSON: the picture
        *_, picture = parts = deserialize_msg_from_ws_v1(await socket.read_message())[1]
        if len(parts) > 4:
            break
    seconds = time.perf_counter() - began
    assert np.asarray(Image.open(io.BytesIO(picture))).std() > 20
    return seconds, socket  # who closes it leaves


async def open_all_lightly(address, count):
    """Open the page for all at once; return each one's seconds, and what the server worked."""
    AsyncHTTPClient.configure(None, max_clients=1000)
    worked = seconds_of_work()
    found = await asyncio.gather(*(open_lightly(address) for _ in range(count)))
    return [seconds for seconds, _ in found], seconds_of_work() - worked, gigabytes_in_all()


def visit_lightly(count):
    """Serve the page and visit it without browsers."""
    with tempfile.TemporaryDirectory() as folder, serve_app(Path(folder), count) as address:
        print(f"ready after {wait_until_idle():.0f} s, {gigabytes_in_all():.2f} GB", flush=True)
        seconds, worked, gigabytes = asyncio.run(open_all_lightly(address, count))
    print("first pictures after", *(f"{value:.1f}" for value in sorted(seconds)), "s")
    print(f"the server worked {worked:.1f} s for {count}; {gigabytes:.2f} GB")
    return 0


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
        worked = [seconds_of_work(), seconds_of_work(browser_processes())]
        pages, seconds = visit(browser, address, count)
        worked = [
            seconds_of_work() - worked[0],
            seconds_of_work(browser_processes()) - worked[1],
        ]
        print("first pictures after", *(f"{value:.1f}" for value in sorted(seconds)), "s")
        print("the server worked {:.1f} s, the browsers {:.1f} s".format(*worked))
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
    parser.add_argument("--light", action="store_true", help="without browsers")
    options = parser.parse_args()
    raise SystemExit((visit_lightly if options.light else main)(options.visitors))
