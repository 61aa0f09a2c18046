"""The labeller in a real browser: what was painted is found again, whatever closes or dies.

Run by `make test-browser`; `make test` leaves it out, as it takes a minute.
"""

import os
import signal

import numpy as np
import psutil
import pytest
from PIL import Image

from browser_servers import serve_label_page
from test_browser import MINUTE, browser, take_screenshot
from unetlab.drawn import draw_scene
from unetlab.label import LabelFolder
from unetlab.label.store import LOCK_FILE

pytestmark = pytest.mark.browser
__all__ = ["browser"]  # the fixture
CLASSES = ("background", "cat", "dog")
SIDE = 192
PAGE = "document.querySelector('.unetlab-labeller').labeller"


@pytest.fixture
def folder(tmp_path):
    """Six drawn photos, of which four have masks: enough for a lesson."""
    scenes = [draw_scene("pets", SIDE, seed=seed) for seed in range(6)]
    for number, (image, _) in enumerate(scenes):
        Image.fromarray(image).save(tmp_path / f"photo{number}.png")
    photos = LabelFolder(tmp_path, CLASSES)
    for number in range(4):
        photos.save_mask(f"photo{number}", np.uint8(scenes[number][1] == 1))
    photos.close()
    return tmp_path


def open_page(browser, address):
    """Open the page in a window of its own, and wait for a photo."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.on("dialog", lambda dialog: dialog.accept())  # It warns of strokes that are not saved.
    page.goto(address, timeout=2 * MINUTE)
    wait_for_photo(page)
    return page


def wait_for_photo(page, name=""):
    """Wait until this photo is open, or any."""
    page.wait_for_function(
        "name => { const root = document.querySelector('.unetlab-labeller');"
        " return root?.labeller.picture.mask && !root.querySelector('.busy')"
        " && root.querySelector('.strip :checked').value.startsWith(name) }",
        arg=name,
        timeout=2 * MINUTE,
    )


def wait_until_saved(page):
    page.locator(".saved[data-state=saved]").wait_for(timeout=MINUTE)


def drag(page, *points):
    """Lead the mouse from pixel to pixel of the photo, pressed."""
    places = [place_of(page, point) for point in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def click(page, *points):
    for point in points:
        page.mouse.click(*place_of(page, point))


def place_of(page, point):
    """Return where a pixel's middle is on the screen."""
    zoom = page.evaluate(f"{PAGE}.picture.zoom")
    box = page.locator(".stage").bounding_box()
    x, y = ((one + 0.5) * zoom["scale"] + zoom[axis] for one, axis in zip(point, "xy", strict=True))
    return box["x"] + x, box["y"] + y


def states_of(page):
    """Return what the row of photos says of each, when it has the pictures of all."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('.strip img')].every((one) => one.naturalWidth > 50)"
    )
    labels = [one.get_attribute("aria-label") for one in page.get_by_role("radio").all()]
    names, states = zip(*(label.split(": ") for label in labels), strict=True)
    assert names == tuple(f"photo{number}" for number in range(len(names)))
    return list(states)


def is_chosen(page, tool):
    return page.get_by_role("button", name=tool).get_attribute("aria-pressed") == "true"


def opened_on(page):
    return page.locator(".strip :checked").input_value()


def shown_on(page):
    """Return the mask that the page shows."""
    ids = page.evaluate(f"Array.from({PAGE}.picture.mask.ids)")
    return np.array(ids, np.uint8).reshape(SIDE, SIDE)


def saved_in(folder, name="photo4"):
    return np.asarray(Image.open(folder / f"masks/{name}.png"))


def agree(page, folder, name="photo4"):
    """Wait until it is saved, and return the mask, which page and disk both hold."""
    wait_until_saved(page)
    mask = saved_in(folder, name)
    np.testing.assert_array_equal(shown_on(page), mask)
    return mask


def set_radius(page, radius):
    page.get_by_label("Size").fill(str(radius))


def choose(page, role, name):
    page.get_by_role(role, name=name).click()


def paint_everything(page, folder):
    """Use each tool on the open photo; check each by its pixels."""
    page.keyboard.press("f")  # Nothing was clicked yet.
    assert is_chosen(page, "Fill")
    page.keyboard.press("b")
    set_radius(page, 5)
    drag(page, (40, 40), (120, 40))
    line = agree(page, folder)
    assert (line[36:45, 40:121] == 1).all() and line.sum() == (line[30:51, 30:131]).sum()
    choose(page, "button", "Polygon")
    page.locator(".stage").press("2")
    click(page, (60, 80), (140, 80), (140, 160), (60, 160))
    page.keyboard.press("Enter")
    square = agree(page, folder)
    assert (square[81:159, 61:139] == 2).all() and abs((square == 2).sum() - 80 * 80) < 400
    choose(page, "button", "Fill")
    page.keyboard.press("1")
    click(page, (100, 120))
    assert (agree(page, folder)[81:159, 61:139] == 1).all()
    choose(page, "button", "Undo")
    np.testing.assert_array_equal(agree(page, folder), square)
    page.keyboard.press("Control+Shift+Z")
    assert (agree(page, folder) == 2).sum() == 0
    page.keyboard.press("Control+Z")
    np.testing.assert_array_equal(agree(page, folder), square)
    page.keyboard.press("e")
    drag(page, (20, 120), (180, 120))
    erased = agree(page, folder)
    assert (erased[116:125] == 0).all() and (erased[81:114, 61:139] == 2).all()


def paint_by_keys(page, folder):
    """Draw a line without a mouse: the space bar puts the brush down and lifts it."""
    page.keyboard.press("b")
    page.keyboard.press("1")
    page.evaluate(f"{PAGE}.tools.place = [100.5, 175.5]")
    before = agree(page, folder)
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Space")
    changed = agree(page, folder) != before
    rows, columns = np.nonzero(changed)
    assert rows.min() == 170 and rows.max() == 180 and columns.min() == 95
    assert columns.max() >= 100 + 30 + 5


def zoom_and_move(page, folder):
    """A stroke lands where it is drawn at another zoom and place, too."""
    choose(page, "button", "Larger")
    choose(page, "button", "Move")
    drag(page, (96, 96), (110, 80))
    choose(page, "button", "Brush")
    page.keyboard.press("2")
    drag(page, (150, 60), (150, 61))
    assert (agree(page, folder)[56:65, 147:154] == 2).all()
    choose(page, "button", "Fit")


def teach_and_propose(page, folder):
    """Teach while painting goes on; what is proposed then is the network's."""
    choose(page, "button", "Teach")
    page.get_by_label("Lesson").wait_for(timeout=MINUTE)
    page.keyboard.press("e")  # The button, switched off, does not keep the keys.
    assert is_chosen(page, "Eraser")
    page.keyboard.press("b")
    drag(page, (10, 10), (20, 10))
    agree(page, folder)
    assert page.get_by_label("Lesson").is_visible()  # It was saved while the lesson went on.
    take_screenshot(page, "labeller_teaches")
    page.get_by_role("status").filter(has_text="has learned from 5 photos").wait_for(
        timeout=4 * MINUTE
    )
    before = agree(page, folder)
    choose(page, "button", "Propose")
    page.locator(".saved[data-state=draft]").wait_for(timeout=MINUTE)
    assert states_of(page)[4] == "labelled"  # Its own mask is on the disk.
    np.testing.assert_array_equal(saved_in(folder), before)
    choose(page, "button", "Accept")
    proposed = agree(page, folder)
    assert (proposed != before).any() and (proposed == 1).any()
    choose(page, "button", "Undo")
    np.testing.assert_array_equal(agree(page, folder), before)


def colours_of(page):
    """Count the pixels of the mask in each colour that the page shows over the photo."""
    pixels = page.evaluate(
        "() => { const mask = document.querySelector('canvas.mask');"
        " const { data } = mask.getContext('2d').getImageData(0, 0, mask.width, mask.height);"
        " return Array.from(new Uint32Array(data.buffer)) }"
    )
    values, counts = np.unique(pixels, return_counts=True)
    return {int(value): int(count) for value, count in zip(values, counts, strict=True) if value}


def look_at_the_outline(page):
    """Show the mask as a line, in a colour of one's own, and filled again."""
    filled = colours_of(page)
    page.locator(".stage").press("o")
    line = colours_of(page)
    assert line.keys() == filled.keys() and sum(line.values()) < 0.3 * sum(filled.values())
    drag(page, (30, 30), (60, 30))  # A stroke joins the line at once, its inside is left out.
    wait_until_saved(page)
    joined = colours_of(page)
    page.keyboard.press("o")
    page.keyboard.press("o")
    assert colours_of(page) == joined != line
    page.keyboard.press("e")  # Inside of an area, the line is new on all four sides.
    drag(page, (100, 140), (110, 145))
    wait_until_saved(page)
    erased = colours_of(page)
    page.keyboard.press("o")
    page.keyboard.press("o")
    assert colours_of(page) == erased != joined
    page.keyboard.press("Control+Z")
    page.keyboard.press("b")
    page.get_by_label("Colour of the class").fill("#0000ff")
    assert 0xFFFF0000 in colours_of(page)
    choose(page, "button", "Undo")
    choose(page, "button", "Outline")
    assert sum(colours_of(page).values()) == sum(filled.values())


def propose_and_go_through_the_photos(page):
    """The row of photos says what each has; arrows go along it, letters stay the tools'."""
    choose(page, "button", "Propose")
    page.locator(".saved[data-state=draft]").wait_for(timeout=MINUTE)
    assert states_of(page)[4:] == ["labelled", "a proposal"]
    page.get_by_title("photo5: a proposal").click()
    for _ in range(4):  # Faster than photos open: the last one is the one that is opened.
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("s")
    wait_for_photo(page, "photo1")
    assert is_chosen(page, "Scribble")
    page.get_by_role("strong").filter(has_text="photo1").wait_for(timeout=MINUTE)
    page.get_by_title("photo5: a proposal").click()
    wait_for_photo(page, "photo5")
    choose(page, "button", "Undo")
    page.get_by_title("photo5: no mask").wait_for(timeout=MINUTE)


def leave_with_the_brush_down(page, folder):
    """A stroke in the hand ends where the photo is left, and a key in haste hits no other photo."""
    before = {name: saved_in(folder, name) for name in ("photo4", "photo5")}
    page.keyboard.press("b")
    page.keyboard.press("2")
    page.mouse.move(*place_of(page, (60, 100)))
    page.mouse.down()
    page.mouse.move(*place_of(page, (80, 100)), steps=4)
    page.keyboard.press(",")
    page.keyboard.press("Control+Z")
    page.mouse.move(*place_of(page, (90, 120)), steps=4)
    wait_for_photo(page, "photo4")
    page.mouse.move(*place_of(page, (90, 140)), steps=4)
    page.mouse.up()
    np.testing.assert_array_equal(agree(page, folder, "photo4"), before["photo4"])
    assert (saved_in(folder, "photo5") != before["photo5"])[100, 60:80].any()


def holder_of(folder):
    """Return the number of the process that the page's strokes go to."""
    lock = str(folder / "masks" / LOCK_FILE)
    servants = psutil.Process().children(recursive=True)
    return next(one.pid for one in servants if lock in [found.path for found in one.open_files()])


def test_the_label_page_keeps_every_stroke(browser, folder):
    pytest.importorskip("voila", reason="Voila is not installed")
    with serve_label_page(folder, CLASSES) as address:
        page = open_page(browser, address)
        assert states_of(page) == ["labelled"] * 4 + ["no mask"] * 2 and opened_on(page) == "photo4"
        paint_everything(page, folder)
        paint_by_keys(page, folder)
        zoom_and_move(page, folder)
        look_at_the_outline(page)
        take_screenshot(page, "labeller_wide")
        teach_and_propose(page, folder)

        choose(page, "button", "by doubt")
        wait_for_photo(page, "photo5")  # The only one without a mask.
        propose_and_go_through_the_photos(page)
        choose(page, "button", "Scribble")
        page.keyboard.press("1")
        drag(page, (90, 90), (110, 110))
        page.keyboard.press("0")
        drag(page, (3, 3), (188, 3))
        agree(page, folder, "photo5")
        page.get_by_text("6 of 6 labelled").wait_for(timeout=MINUTE)

        leave_with_the_brush_down(page, folder)
        assert page.get_by_role("button", name="Undo").is_enabled()
        page.keyboard.press(".")
        wait_for_photo(page, "photo5")

        painted = {name: saved_in(folder, name) for name in ("photo4", "photo5")}
        page.reload(timeout=2 * MINUTE)
        wait_for_photo(page)
        assert opened_on(page) == "photo5"
        for name, mask in painted.items():
            page.get_by_title(f"{name}: labelled").click()
            wait_for_photo(page, name)
            np.testing.assert_array_equal(agree(page, folder, name), mask)

        page.keyboard.press("s")  # A photo was chosen last, and the letters are still the tools'.
        assert is_chosen(page, "Scribble")
        page.keyboard.press("b")
        page.keyboard.press("2")
        drag(page, (150, 150), (160, 150))
        last = agree(page, folder, "photo5")
        assert (last != painted["photo5"]).any()
        os.kill(holder_of(folder), signal.SIGKILL)
        drag(page, (20, 20), (30, 20))
        page.locator(".saved[data-state=silent]").wait_for(timeout=MINUTE)
        take_screenshot(page, "labeller_silent")
        np.testing.assert_array_equal(saved_in(folder, "photo5"), last)
        page.reload(timeout=2 * MINUTE)
        wait_for_photo(page)
        page.get_by_title("photo5: labelled").click()
        wait_for_photo(page, "photo5")
        np.testing.assert_array_equal(agree(page, folder, "photo5"), last)
        page.set_viewport_size({"width": 420, "height": 900})
        take_screenshot(page, "labeller_narrow")


def test_a_second_tab_is_told_and_opens_when_the_first_is_closed(browser, folder):
    pytest.importorskip("voila", reason="Voila is not installed")
    with serve_label_page(folder, CLASSES) as address:
        page, second = open_page(browser, address), browser.new_page()
        second.goto(address, timeout=2 * MINUTE)
        told = second.get_by_role("alert").filter(has_text="being labelled elsewhere already")
        told.wait_for(timeout=2 * MINUTE)
        page.close(run_before_unload=True)
        for _ in range(20):  # The process of the first takes a moment to end.
            second.evaluate(
                "[...document.querySelectorAll('button')].find(b => b.innerText === 'Try again')"
                "?.click()"
            )
            second.wait_for_timeout(3000)
            if second.locator(".unetlab-labeller").count():
                break
        wait_for_photo(second)
