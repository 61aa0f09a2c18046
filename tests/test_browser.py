"""A real browser: notebooks run, sliders move pictures, files go in and out, the site fits a phone.

Run by `make test-browser`, after `make site`; `make test` leaves it out, as it takes minutes.
"""

import io
import re
import shutil

import nbformat
import numpy as np
import psutil
import pytest
import skimage.data
from PIL import Image

from browser_servers import ROOT, WORKPLACE, serve_app, serve_lab

pytestmark = pytest.mark.browser
STUDIO = "04_photoshop"
SCREENSHOTS = ROOT / "build/screenshots"
MINUTE = 60_000
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.innerText)"


@pytest.fixture(scope="module")
def browser():
    """Start Chromium without a window; skip where it or Playwright is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("there is no chromium on the path; install it to run the browser tests")
    with playwright.sync_playwright() as driver:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = driver.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def lab():
    """Serve JupyterLab over copies of the notebooks."""
    with serve_lab() as address:
        yield address


def open_notebook(browser, lab, name):
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(f"{lab}/lab/workspaces/{name}/tree/notebooks/{name}.ipynb", timeout=MINUTE)
    page.get_by_role("menuitem", name="Run", exact=True).wait_for(timeout=MINUTE)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=MINUTE)
    wait_for_kernel(page, lab, name)
    return page


def wait_for_kernel(page, lab, name):
    """Wait until the server has a kernel for the notebook, and JupyterLab is connected to it.

    The page calls itself idle before there is a kernel, and Run All then runs nothing, without a
    word. Where the first start fails, JupyterLab asks; it is answered as a person would.
    """
    for _ in range(240):
        answered = [answer_dialogue(page) for _ in range(page.locator(".jp-Dialog").count())]
        kernels = [
            session["kernel"]
            for session in page.request.get(f"{lab}/api/sessions").json()
            if session["path"] == f"notebooks/{name}.ipynb"
        ]
        started = [kernel["execution_state"] == "idle" for kernel in kernels]
        if any(started) and kernels[0]["connections"] and not answered:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{name} has no kernel: {kernels}; dialogues: {dialogues_on(page)}")


def answer_dialogue(page):
    """Accept what JupyterLab proposes, such as the kernel to select, and say what it was."""
    print("JupyterLab asked:", *dialogues_on(page)[-1:])
    page.locator(".jp-Dialog .jp-mod-accept").last.click()


def run_all(page):
    """Choose Run All Cells, as a person does, and see the run begin."""
    for _ in range(3):
        if page.locator(".jp-Dialog").count():
            answer_dialogue(page)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        # Now and then the kernel is idle a moment before JupyterLab sends it anything.
        for _ in range(20):
            if re.search("[0-9*]", "".join(page.evaluate(PROMPTS))):
                return
            page.wait_for_timeout(500)
    wait_for_prompts(page, "/[0-9*]/.test(all)", MINUTE)


def wait_for_the_end(page):
    """Wait until no cell runs or waits."""
    # A cell that failed stops the run and leaves the cells behind it without a number.
    wait_for_prompts(page, "!all.includes('*') && /[0-9]/.test(all)", 10 * MINUTE)


def wait_for_prompts(page, condition, timeout):
    """Wait for a condition on `all`, the text of all prompts; fail with that text and a picture."""
    try:
        page.wait_for_function(
            f"() => {{ const all = {PROMPTS}.join(' '); return {condition} }}",
            timeout=timeout,
            polling=500,
        )
    except Exception as error:
        take_screenshot(page, "not_as_expected")
        error.add_note(f"prompts: {page.evaluate(PROMPTS)}; dialogues: {dialogues_on(page)}")
        raise


def dialogues_on(page):
    return page.locator(".jp-Dialog").all_inner_texts()


def errors_of(page, path):
    """Save the notebook, and return what went wrong in it: in its file and on the page."""
    before = path.stat().st_mtime_ns
    page.keyboard.press("Control+s")
    notebook = None
    for _ in range(300):
        page.wait_for_timeout(200)
        # The server writes in place: for a moment the file is empty.
        if path.stat().st_mtime_ns != before and (text := path.read_text().strip()).endswith("}"):
            notebook = nbformat.reads(text, as_version=4)
            break
    assert notebook is not None, f"{path} was not saved; dialogues: {dialogues_on(page)}"
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    outputs = [output for cell in cells for output in cell.outputs]
    errors = [output.evalue for output in outputs if output.output_type == "error"]
    not_run = [cell.source for cell in cells if not cell.execution_count]
    return errors + not_run + page.get_by_text("Error displaying widget").all_inner_texts()


def take_screenshot(page, name):
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def preview_of(page):
    return page.locator("img.unetlab-preview").last


def wait_for_change(page, before):
    page.wait_for_function(
        """before => {
            const all = document.querySelectorAll('img.unetlab-preview')
            return all[all.length - 1].src !== before
        }""",
        arg=before,
        timeout=MINUTE,
    )


def wait_for_size(page, width, height):
    """Wait until the preview has this size: it may follow the words on it, in its own message."""
    page.wait_for_function(
        """([width, height]) => {
            const last = [...document.querySelectorAll('img.unetlab-preview')].pop()
            return last.naturalWidth === width && last.naturalHeight === height
        }""",
        arg=[width, height],
        timeout=MINUTE,
    )


def pixels_of(page):
    """Read the preview's pixels through the page."""
    data = preview_of(page).evaluate(
        "async image => Array.from(new Uint8Array(await (await fetch(image.src)).arrayBuffer()))"
    )
    return np.asarray(Image.open(io.BytesIO(bytes(data))).convert("RGB")).astype(int)


def send(page, file):
    """Choose a file as a person does: by the button, in the browser's dialogue."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Your own photo").last.click()
    chooser.value.set_files(file)


def give(page, kind, image):
    """Drop a picture on the studio, or paste it where nothing has the focus."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    page.evaluate(
        """([kind, bytes]) => {
            const data = new DataTransfer()
            data.items.add(new File([new Uint8Array(bytes)], `${kind}.png`, { type: 'image/png' }))
            const settings = { dataTransfer: data, clipboardData: data, bubbles: true }
            const event = kind === 'drop' ? DragEvent : ClipboardEvent
            const studio = [...document.querySelectorAll('.unetlab-studio')].pop()
            const place = kind === 'drop' ? studio : document.body
            place.dispatchEvent(new event(kind, { ...settings, cancelable: true }))
        }""",
        [kind, list(file.getvalue())],
    )


def compare_with_the_original(page):
    """Hold its button, by key and by mouse; the picture comes back when it is let go."""
    original = page.get_by_role("img", name=", the original").last
    button = page.get_by_role("button", name="Hold for the original").last
    button.focus()
    page.keyboard.down("Space")
    original.wait_for(timeout=MINUTE)
    page.keyboard.up("Space")
    original.wait_for(state="detached", timeout=MINUTE)
    button.hover()
    page.mouse.down()
    original.wait_for(timeout=MINUTE)
    page.mouse.move(5, 5)
    page.mouse.up()
    original.wait_for(state="detached", timeout=MINUTE)


def draw_a_stroke(page):
    """Say "not this" between the cat's eyes: the picture changes there, until it is undone."""
    preview_of(page).scroll_into_view_if_needed()
    before, source = pixels_of(page), preview_of(page).get_attribute("src")
    page.get_by_role("button", name="Not this").last.click()
    box = preview_of(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y - 20)
    page.mouse.down()
    page.mouse.move(x, y + 20, steps=5)
    page.mouse.up()
    wait_for_change(page, source)
    source, after = preview_of(page).get_attribute("src"), pixels_of(page)
    height, width = before.shape[:2]
    assert np.ptp(after[height // 2, width // 2]) < np.ptp(before[height // 2, width // 2]) - 15
    np.testing.assert_array_equal(after[: height // 10], before[: height // 10])
    page.get_by_role("button", name="Undo stroke").last.click()
    wait_for_change(page, source)
    np.testing.assert_array_equal(pixels_of(page), before)
    page.get_by_role("button", name="No strokes").last.click()


def use_the_studio(page, folder, name):
    """Move a slider by its keys, send a photo, save the picture; check each by its pixels."""
    preview_of(page).wait_for(timeout=2 * MINUTE)
    preview_of(page).scroll_into_view_if_needed()
    before = preview_of(page).get_attribute("src")
    for name_of_slider in ("Threshold", "Soft edge"):
        assert page.get_by_role("slider", name=name_of_slider).count()
    assert page.get_by_role("img", name=", grey world").last.is_visible()
    assert page.locator("input[type=color][aria-label=Colour]").count()
    assert page.get_by_role("button", name="Your own photo").count()
    strength = page.get_by_role("slider", name="Strength").last
    strength.focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    wait_for_change(page, before)
    take_screenshot(page, f"{name}_slider")
    compare_with_the_original(page)
    draw_a_stroke(page)

    message = page.locator("[role=status]").last
    for kind in ("drop", "paste"):
        give(page, kind, np.full([30, 50, 3], 90, np.uint8))
        message.filter(has_text=f"{kind}, 50 x 30").wait_for(timeout=MINUTE)

    ramp = np.zeros([90, 120, 3], np.uint8)
    ramp[..., 0] = np.arange(120) * 2
    ramp[..., 2] = 200
    photo = folder / "my own photo.jpg"
    Image.fromarray(ramp).save(photo, quality=95)
    send(page, photo)
    message.filter(has_text="my own photo, 120 x 90").wait_for(timeout=MINUTE)
    wait_for_size(page, 120, 90)
    assert pixels_of(page).shape == (90, 120, 3)

    send(page, {"name": "no.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 no photo"})
    message.filter(has_text="no.pdf").filter(has_text="cannot be read").wait_for(timeout=MINUTE)

    with page.expect_download(timeout=MINUTE) as download:
        page.get_by_role("button", name="Save as PNG").last.click()
    saved = np.asarray(Image.open(download.value.path()).convert("RGB")).astype(int)
    assert download.value.suggested_filename.startswith("my own photo_")
    assert saved.shape == (90, 120, 3)
    # The preview is the same picture as JPEG.
    assert np.abs(saved - pixels_of(page)).mean() < 6
    take_screenshot(page, f"{name}_saved")


def test_the_studio_in_jupyterlab(browser, lab, tmp_path):
    page = open_notebook(browser, lab, STUDIO)
    run_all(page)
    wait_for_the_end(page)
    assert not errors_of(page, WORKPLACE / f"notebooks/{STUDIO}.ipynb")
    use_the_studio(page, tmp_path, STUDIO)
    page.set_viewport_size({"width": 480, "height": 900})
    take_screenshot(page, f"{STUDIO}_narrow")
    page.close()


def test_the_app_from_its_first_picture_to_the_end_of_its_process(browser, tmp_path):
    pytest.importorskip("voila", reason="Voila is not installed")
    with serve_app(tmp_path) as address:
        before = kernels()  # JupyterLab's may be there still
        page = browser.new_page(viewport={"width": 1100, "height": 800})
        page.goto(address, timeout=2 * MINUTE)
        preview_of(page).wait_for(timeout=2 * MINUTE)
        assert pixels_of(page).shape == skimage.data.cat().shape  # more in photo/test_studio.py
        assert page.get_by_text("Model: the starter that comes with unetlab").is_visible()
        assert page.locator(".jp-InputArea-editor").count() == 0
        assert "load_studio" not in page.content()

        use_the_studio(page, tmp_path, "app")
        send(page, {"name": "large.png", "mimeType": "image/png", "buffer": noise(2000)})
        status = page.locator("[role=status]").last
        status.filter(has_text="large, 2000 x 2000").wait_for(timeout=MINUTE)
        page.set_viewport_size({"width": 480, "height": 900})
        take_screenshot(page, "app_narrow")

        own = list(kernels() - before)
        assert len(own) == 1
        page.goto("about:blank")
        gone, _ = psutil.wait_procs(own, timeout=20)
        assert gone == own, "the page's process is still there after its visitor has left"


def kernels():
    """Return the living processes of notebooks that this one's servers have started."""
    return {
        process
        for process in psutil.Process().children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE and "ipykernel_launcher" in process.cmdline()
    }


def noise(side):
    """Return a PNG of as many bytes as its pixels have: 12 MB for a side of 2000."""
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()


@pytest.fixture
def site():
    """Return the folder of the site; skip the test where it is not made."""
    folder = ROOT / "build/site"
    if not (folder / "index.html").exists():
        pytest.skip("there is no build/site; run make site first")
    return folder


@pytest.mark.parametrize("width", [1400, 390])
def test_site_pages_fit_the_screen_and_their_pictures_are_there(browser, site, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in sorted(site.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name
        broken = page.evaluate(
            "[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
        )
        assert not broken, path.name
        name = "_".join(path.relative_to(site).with_suffix("").parts)
        take_screenshot(page, f"site/{name}_{width}")
    assert not errors
    page.close()


def test_site_search_finds_what_one_asks(browser, site):
    page = browser.new_page()
    page.goto(f"{(site / 'search.html').as_uri()}?q=cut out my own photo")
    page.get_by_text("finds pages but cannot quote them").wait_for(timeout=MINUTE)  # No server.
    for title in ("without code", "Photoshop: ", "Label your own: "):
        page.locator("#search-results li a", has_text=title).first.wait_for(timeout=MINUTE)
