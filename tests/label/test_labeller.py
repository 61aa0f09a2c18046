"""The labeller without a browser: what its page sends becomes masks on the disk, or words."""

import io
import json
import os
import platform
import re
import shutil
import subprocess
import time
import zlib

import keras
import numpy as np
import pytest
from PIL import Image
from unetlab.label.lock import LOCK_FILE, _started

from unetlab.drawn import draw_scene
from unetlab.label import LabelFolder, Labeller, Stroke, apply_stroke, open_labeller
from unetlab.label.labeller import BROWSER, MODULES

CLASSES = ("background", "cat", "dog")
LINE = {"tool": "brush", "class_id": 1, "points": [[10, 10], [40, 30]], "radius": 3}


class Page:
    """What a browser's page does: it asks, and keeps what is answered."""

    def __init__(self, labeller):
        self.labeller, self.heard, self.count = labeller, [], 0
        labeller.send = lambda content, buffers=None: self.heard.append((content, buffers or []))

    def ask(self, kind, **content):
        """Ask, and return the answer and its parts."""
        self.count += 1
        message = {"kind": kind, "number": self.count, **content}
        self.labeller._handle_custom_msg(message, [])
        (answer,) = (one for one in self.heard if one[0]["number"] == self.count)
        return answer

    def paint(self, **stroke):
        """Ask for a stroke on the open photo; return the answer."""
        return self.ask("stroke", **{"name": self.labeller.session.name, **LINE, **stroke})[0]

    def kinds(self):
        """List what was heard."""
        return [content["kind"] for content, _ in self.heard]


def on_disk(folder, name="a"):
    return np.asarray(Image.open(folder / f"masks/{name}.png"))


@pytest.fixture
def folder(tmp_path):
    """A dark square on white, and three photos that are darker and darker."""
    pixels = np.full([60, 80, 3], 255, np.uint8)
    pixels[20:50, 30:60] = 90
    for number, name in enumerate("abcd"):
        Image.fromarray(pixels // (number + 1)).save(tmp_path / f"{name}.png")
    return tmp_path


@pytest.fixture
def page(folder):
    page = Page(Labeller(folder, CLASSES))
    yield page
    page.labeller.close()


def dark_model():
    """Build a model that takes dark pixels for class 1, and is unsure of grey ones."""
    model = keras.Sequential([keras.Input([60, 80, 3]), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.full([1, 1, 3, 1], -1 / 30), np.array([17.0])])
    return model


def test_strokes_are_on_the_disk_when_they_are_answered(page, folder):
    expected = np.zeros([60, 80, 1], np.uint8)
    strokes = [
        LINE,
        {
            "tool": "polygon",
            "class_id": 2,
            "points": [[50.5, 5], [70, 5], [60, 40.25]],
            "radius": 0,
        },
        {"tool": "brush", "class_id": 0, "points": [[60, 0], [60, 59]], "radius": 1},
        {"tool": "fill", "class_id": 1, "points": [[79, 59]], "radius": 0},
        {"tool": "brush", "class_id": 255, "points": [[5, 50]], "radius": 4},
    ]
    for stroke in strokes:
        answer = page.paint(**stroke)
        expected = apply_stroke(expected, Stroke(*list(stroke.values())))
        np.testing.assert_array_equal(on_disk(folder), expected[..., 0])
        assert answer["kind"] == "change" and answer["is_labelled"]
    assert answer["steps"] == [5, 0]
    (left, top, width, height), (content,) = answer["place"], page.heard[-1][1]
    pixels = np.frombuffer(zlib.decompress(content), np.uint8).reshape(height, width)
    assert (left, top, width, height) == (1, 46, 9, 9)
    np.testing.assert_array_equal(pixels, expected[46:55, 1:10, 0])


def test_undo_and_redo_are_saved_and_the_only_stroke_leaves_no_mask(page, folder):
    page.paint()
    first = on_disk(folder)
    page.paint(class_id=2, points=[[70, 50]])
    assert (on_disk(folder) == 2).sum() == 29
    page.ask("undo")
    np.testing.assert_array_equal(on_disk(folder), first)
    assert not page.ask("undo")[0]["is_labelled"]
    assert not (folder / "masks/a.png").exists()
    assert page.ask("undo")[0]["place"][2:] == [0, 0]  # Nothing is left, and nothing happens.
    page.ask("redo")
    np.testing.assert_array_equal(on_disk(folder), first)


def test_what_a_mask_held_before_is_not_undone_away(page, folder):
    page.paint()
    page.ask("open", name="b")
    page.ask("open", name="a")
    page.paint(class_id=2)
    page.ask("undo")
    assert (on_disk(folder) == 1).any()


def test_a_scribble_on_either_side_finds_the_outline(page, folder):
    page.paint(class_id=2, points=[[5, 55]])
    dog = on_disk(folder) == 2
    page.paint(tool="scribble", points=[[36, 30], [50, 40]], radius=1)
    assert 0 < (on_disk(folder) == 1).sum() < 100  # One side is painted as it is.
    answer = page.paint(tool="scribble", class_id=0, points=[[3, 5], [76, 5]], radius=1)
    cat = np.zeros([60, 80], bool)
    cat[20:50, 30:60] = True
    found = on_disk(folder) == 1
    assert (found & cat).sum() / (found | cat).sum() > 0.97
    assert (on_disk(folder) == 2)[dog].all() and len(answer["hints"]) == 2
    assert len(page.ask("undo")[0]["hints"]) == 1
    assert (on_disk(folder) == 1).sum() < 100
    assert len(page.ask("redo")[0]["hints"]) == 2


def test_a_proposal_replaces_the_mask_as_one_step(folder):
    page = Page(Labeller(folder, CLASSES, model=dark_model()))
    page.paint()
    before = on_disk(folder)
    page.ask("propose")
    cat = np.zeros([60, 80], bool)
    cat[20:50, 30:60] = True
    np.testing.assert_array_equal(on_disk(folder) == 1, cat)
    page.ask("undo")
    np.testing.assert_array_equal(on_disk(folder), before)
    page.labeller.close()


def test_a_lesson_runs_while_one_paints_and_then_the_network_proposes(tmp_path):
    scenes = [draw_scene("pets", 64, seed=seed) for seed in range(5)]
    for number, (image, _) in enumerate(scenes):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    photos = LabelFolder(tmp_path)
    for number in range(4):
        photos.save_mask(str(number), np.uint8(scenes[number][1] == 1))
    photos.close()
    page = Page(Labeller(tmp_path, image_size=64))
    assert page.labeller.session.name == "4"  # The one that has no mask.
    assert page.ask("propose")[0]["text"].startswith("There is no network yet")
    page.ask("teach")
    assert "one at a time" in page.ask("teach")[0]["text"]
    painted = page.paint(points=[[1, 1]], radius=0)
    assert painted["kind"] == "change" and "taught" not in page.kinds()
    assert on_disk(tmp_path, "4").sum() == 1
    deadline = time.monotonic() + 100
    while "taught" not in page.kinds() and time.monotonic() < deadline:
        time.sleep(0.1)
    taught = next(content for content, _ in page.heard if content["kind"] == "taught")
    assert taught["has_model"] and taught["text"].startswith(
        "The network has learned from 4 photos"
    )
    shares = [content["share"] for content, _ in page.heard if content["kind"] == "progress"]
    assert shares == sorted(shares) and len(shares) > 10 and shares[-1] > 0.9
    page.ask("open", name="0")
    page.paint(tool="polygon", class_id=0, points=[[0, 0], [64, 0], [64, 64], [0, 64]], radius=0)
    assert not on_disk(tmp_path, "0").any()
    page.ask("propose")
    truth, found = scenes[0][1][..., 0] == 1, on_disk(tmp_path, "0") == 1
    assert (truth & found).sum() / (truth | found).sum() > 0.7
    page.labeller.close()


def test_next_offers_each_photo_without_a_mask_once_and_then_says_so(page, folder):
    seen = []
    for _ in range(3):
        seen.append(page.ask("next")[0]["name"])
    assert sorted(seen) == ["b", "c", "d"]
    page.ask("open", name="b")
    for name in "abcd":
        page.ask("open", name=name)
        page.paint()
    answer = page.ask("next")[0]
    assert answer == {"kind": "said", "number": page.count, "text": "Every other photo has a mask."}


def test_next_by_doubt_offers_what_the_network_is_least_sure_of(folder):
    page = Page(Labeller(folder, CLASSES))
    assert "no network yet that could doubt" in page.ask("next", by_doubt=True)[0]["text"]
    page.labeller.session.model = dark_model()
    # Half as bright is 127 of 255 around the square: nearest to where the model's mind changes.
    (folder / "c.png").write_bytes(b"no photo")
    assert page.ask("next", by_doubt=True)[0]["name"] == "b"
    page.labeller.close()


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"kind": "explode"}, "expected hello, open, stroke"),
        ({"kind": "open", "name": "nobody"}, "'nobody' is no photo"),
        ({"kind": "open"}, "None is no photo"),
        ({"kind": "stroke", "name": "b", **LINE}, "'a' is open"),
        ({"kind": "stroke", "name": "a", **LINE, "points": None}, "expected pairs"),
        ({"kind": "stroke", "name": "a", **LINE, "points": []}, "has 0 points"),
        ({"kind": "stroke", "name": "a", **LINE, "points": [[1, float("nan")]]}, "has 1 points"),
        ({"kind": "stroke", "name": "a", **LINE, "class_id": 3}, r"expected 0 to 2 \(dog\)"),
        ({"kind": "stroke", "name": "a", **LINE, "class_id": "1"}, "class_id is '1'"),
        ({"kind": "stroke", "name": "a", **LINE, "class_id": None}, "class_id is None"),
        ({"kind": "stroke", "name": "a", **LINE, "radius": 1e9}, "radius_pixels is"),
        ({"kind": "stroke", "name": "a", **LINE, "tool": "axe"}, "the tool is 'axe'"),
        (
            {"kind": "stroke", "name": "a", **LINE, "tool": "scribble", "class_id": 255},
            "void cannot",
        ),
        ({"kind": "teach"}, "label a photo first"),
        ({"kind": "coco"}, "expected"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(page, folder, message, said):
    kind = message.pop("kind")
    answer, _ = page.ask(kind, **message)
    assert answer["kind"] == "refused" and re.search(said, answer["text"], re.IGNORECASE)
    assert not list((folder / "masks").glob("*.png"))
    assert page.paint()["kind"] == "change" and on_disk(folder).any()


@pytest.mark.parametrize("message", [None, [], "stroke", {}])
def test_a_message_that_is_none_is_refused(page, message):
    page.labeller._handle_custom_msg(message, [])
    assert page.kinds() == ["refused", "change"]


def test_a_full_disk_costs_the_stroke_in_hand(page, folder, monkeypatch):
    page.paint()
    page.paint(class_id=2, points=[[20, 50]])
    before = on_disk(folder)
    monkeypatch.setattr(os, "fsync", lambda number: (_ for _ in ()).throw(OSError(28, "No space")))
    answer = page.paint(class_id=2, points=[[70, 50]])
    assert answer["kind"] == "refused" and "No space" in answer["text"]
    shown, (content,) = page.heard[-1]  # The page is given the mask as it is on the disk.
    assert shown["kind"] == "change" and shown["place"] == [0, 0, 80, 60]
    assert zlib.decompress(content) == before.tobytes() == on_disk(folder).tobytes()
    assert page.ask("undo")[0]["kind"] == "refused"
    np.testing.assert_array_equal(on_disk(folder), before)
    monkeypatch.undo()
    page.paint(class_id=2, points=[[70, 50]])
    after = on_disk(folder)
    assert (after == 2).sum() == 58 and (after == 1).sum() == (before == 1).sum()


def test_a_large_photo_is_painted_smaller_and_saved_in_full(folder):
    page = Page(Labeller(folder, CLASSES, most=1200))
    content, (jpeg, pixels) = page.ask("open", name="a")
    assert content["size"] == [40, 30] and content["full"] == [80, 60]
    assert Image.open(io.BytesIO(jpeg)).size == (40, 30) and len(zlib.decompress(pixels)) == 1200
    page.paint(points=[[4, 5]], radius=0)
    expected = np.zeros([60, 80], np.uint8)
    expected[10:12, 8:10] = 1
    np.testing.assert_array_equal(on_disk(folder), expected)
    page.labeller.close()


def test_a_page_that_is_loaded_again_is_shown_every_stroke(page, folder):
    page.paint()
    page.paint(tool="scribble", class_id=2, points=[[70, 50]])
    content, _ = page.ask("hello")
    assert content["classes"][1] == ["cat", "#E69F00"] and content["labelled"] == ["a"]
    shown, (jpeg, pixels) = page.heard[-1]
    assert shown["kind"] == "photo" and shown["name"] == "a" and len(shown["hints"]) == 1
    assert zlib.decompress(pixels) == on_disk(folder).tobytes()
    assert np.abs(np.asarray(Image.open(io.BytesIO(jpeg))).astype(int)[5, 5] - 255).max() < 6
    page.labeller.close()
    again = Page(Labeller(folder, CLASSES))  # as after the kernel was restarted
    assert again.labeller.session.name == "b" and again.labeller.session.labelled == {"a"}
    assert zlib.decompress(again.ask("open", name="a")[1][1]) == on_disk(folder).tobytes()
    again.labeller.close()


def test_a_photo_that_cannot_be_read_does_not_keep_the_others_away(folder):
    (folder / "a.png").write_bytes(b"no photo")
    page = Page(Labeller(folder, CLASSES))
    content, _ = page.ask("hello")
    assert "a.png" in content["text"] and page.labeller.session.name == "b"
    assert page.ask("open", name="a")[0]["kind"] == "refused"
    assert page.paint()["kind"] == "change" and on_disk(folder, "b").any()
    page.labeller.close()


def test_masks_are_saved_as_coco_on_request(page, folder):
    page.paint()
    assert page.ask("coco")[0]["text"].startswith("Saved ")
    (path,) = (folder / "coco").glob("*.json")
    assert [one["name"] for one in json.loads(path.read_text())["categories"]] == ["cat", "dog"]


def test_a_held_folder_is_told_and_can_be_tried_again(folder):
    (folder / "masks").mkdir()
    parent = os.getppid()
    holder = {"pid": parent, "host": platform.node(), "started": _started(parent)}
    (folder / "masks" / LOCK_FILE).write_text(json.dumps(holder))
    door = open_labeller(folder, CLASSES, patience=0)
    words, again = door.children
    assert f"is being labelled elsewhere already, by process {parent}" in words.value
    again.click()
    assert len(door.children) == 2
    (folder / "masks" / LOCK_FILE).unlink()
    door.children[1].click()
    (labeller,) = door.children
    assert isinstance(labeller, Labeller)
    labeller.close()
    assert not (folder / "masks" / LOCK_FILE).exists()


def test_a_bad_argument_gives_the_folder_back(folder):
    with pytest.raises(ValueError, match="most is 0"):
        Labeller(folder, CLASSES, most=0)
    assert not (folder / "masks" / LOCK_FILE).exists()


def test_no_two_modules_of_the_page_define_one_name():
    texts = [(BROWSER / f"{name}.js").read_text(encoding="utf-8") for name in MODULES]
    names = re.findall(r"^(?:export )?(?:const|function|class) (\w+)", "".join(texts), re.M)
    assert len(names) > 20 and len(set(names)) == len(names)
    assert {path.stem for path in BROWSER.glob("*.js")} == set(MODULES)
    for number, text in enumerate(texts):
        imported = re.findall(r'from "\./(\w+)\.js"', text)
        assert set(imported) <= set(MODULES[:number])


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_pages_brush_paints_the_same_pixels_as_the_programs():
    random_generator = np.random.default_rng(0)
    strokes = [
        (random_generator.integers(-20, 120, (count, 2)).tolist(), radius)
        for count, radius in zip((1, 2, 3, 5, 9), (0, 1, 4, 11, 30), strict=True)
    ]
    program = """
        const {paintBrush} = await import(process.argv[1])
        const answers = JSON.parse(process.argv[2]).map(([points, radius]) => {
            const mask = {width: 100, height: 70, ids: new Uint8Array(7000)}
            const box = paintBrush(mask, points, radius, 1)
            return [[...mask.ids], box]
        })
        console.log(JSON.stringify(answers))"""
    module = str(BROWSER / "raster.js")
    command = ["node", "--input-type=module", "-e", program, module, json.dumps(strokes)]
    answers = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    for (points, radius), (ids, box) in zip(strokes, answers, strict=True):
        mask = apply_stroke(np.zeros([70, 100, 1], np.uint8), Stroke("brush", 1, points, radius))
        found = np.array(ids).reshape(70, 100)
        np.testing.assert_array_equal(found, mask[..., 0])
        found[box["top"] : box["bottom"], box["left"] : box["right"]] = 0
        assert not found.any()
