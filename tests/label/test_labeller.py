"""The labeller without a browser: what its page sends becomes masks on the disk, or words."""

import base64
import io
import json
import zlib

import keras
import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from unetlab.drawn import draw_scene
from unetlab.label import LabelFolder, Stroke, apply_stroke, open_labeller, store

CLASSES = ("background", "cat", "dog")
LINE = {"tool": "brush", "class_id": 1, "points": [[10, 10], [40, 30]], "radius": 3}


class Page:
    """What a browser's page does: it asks, and keeps what is answered."""

    def __init__(self, folder, class_names=CLASSES, **options):
        (self.labeller,) = open_labeller(folder, class_names, **options).children
        self.session, self.heard, self.count = self.labeller.session, [], 0
        self.labeller.send = lambda content, buffers=None: self.heard.append((content, buffers))

    def ask(self, kind, **content):
        """Ask, and return the answer and its parts."""
        self.count += 1
        message = {"kind": kind, "number": self.count, **content}
        self.labeller._handle_custom_msg(message, [])
        (answer,) = (one for one in self.heard if one[0]["number"] == self.count)
        return answer

    def paint(self, **stroke):
        """Ask for a stroke on the open photo; return the answer."""
        return self.ask("stroke", **{"name": self.session.name, **LINE, **stroke})[0]

    def kinds(self):
        """List what was heard."""
        return [content["kind"] for content, _ in self.heard]


def on_disk(folder, name="a"):
    return np.asarray(Image.open(folder / f"masks/{name}.png"))


def cat():
    """Return where the dark square is."""
    return np.pad(np.ones([30, 30], bool), [(20, 10), (30, 20)])


@pytest.fixture
def folder(tmp_path):
    """A dark square on white, and three photos that are darker and darker."""
    pixels = np.where(cat(), 90, 255).astype(np.uint8)[..., None].repeat(3, -1)
    for number, name in enumerate("abcd"):
        Image.fromarray(pixels // (number + 1)).save(tmp_path / f"{name}.png")
    return tmp_path


@pytest.fixture
def page(folder):
    page = Page(folder)
    yield page
    page.labeller.close()


def dark_model():
    """Build a model that takes dark pixels for class 1, and is unsure of grey ones."""
    model = keras.Sequential([keras.Input([60, 80, 3]), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.full([1, 1, 3, 1], -1 / 30), np.array([17.0])])
    return model


def test_strokes_are_on_the_disk_when_they_are_answered(page, folder):
    expected = np.zeros([60, 80, 1], np.uint8)
    corners = [[50.5, 5], [70, 5], [60, 40.25]]
    for stroke in (
        Stroke("brush", 1, [[10, 10], [40, 30]], 3),
        Stroke("polygon", 2, corners),
        Stroke("brush", 0, [[60, 0], [60, 59]], 1),
        Stroke("fill", 1, [[79, 59]]),
        Stroke("brush", 255, [[5, 50]], 4),
    ):
        tool, class_id, points, radius = stroke
        answer = page.paint(tool=tool, class_id=class_id, points=points, radius=radius)
        expected = apply_stroke(expected, stroke)
        np.testing.assert_array_equal(on_disk(folder), expected[..., 0])
        assert answer["kind"] == "change" and answer["is_labelled"]
    assert answer["steps"] == [5, 0] and answer["place"] == [1, 46, 9, 9]
    (content,) = page.heard[-1][1]
    assert zlib.decompress(content) == expected[46:55, 1:10, 0].tobytes()


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
    # What a mask held before is not undone away.
    page.ask("open", name="b")
    page.ask("open", name="a")
    page.paint(class_id=2)
    page.ask("undo")
    np.testing.assert_array_equal(on_disk(folder), first)


def test_undo_survives_a_change_of_photo(page, folder):
    page.paint()
    first = on_disk(folder)
    page.paint(tool="scribble", class_id=2, points=[[70, 50]])
    page.ask("open", name="b")
    page.paint(class_id=2)
    assert page.ask("open", name="a")[0]["steps"] == [2, 0]
    assert len(page.heard[-1][0]["hints"]) == 1
    page.ask("undo")
    np.testing.assert_array_equal(on_disk(folder), first)
    page.ask("undo")
    page.ask("open", name="b")
    assert page.ask("open", name="a")[0]["steps"] == [0, 2]
    assert not (folder / "masks/a.png").exists()


def test_what_another_program_drew_meanwhile_is_not_undone_away(page, folder):
    page.paint()
    page.ask("open", name="b")
    other = np.full([60, 80], 2, np.uint8)
    Image.fromarray(other).save(folder / "masks/a.png")
    assert page.ask("open", name="a")[0]["steps"] == [0, 0]
    page.paint()
    page.ask("undo")
    np.testing.assert_array_equal(on_disk(folder), other)


def test_a_scribble_on_either_side_finds_the_outline(page, folder):
    page.paint(class_id=2, points=[[5, 55]])
    dog = on_disk(folder) == 2
    page.paint(tool="scribble", points=[[36, 30], [50, 40]], radius=1)
    assert 0 < (on_disk(folder) == 1).sum() < 100  # One side is painted as it is.
    answer = page.paint(tool="scribble", class_id=0, points=[[3, 5], [76, 5]], radius=1)
    found = on_disk(folder) == 1
    assert (found & cat()).sum() / (found | cat()).sum() > 0.97
    assert (on_disk(folder) == 2)[dog].all() and len(answer["hints"]) == 2
    assert len(page.ask("undo")[0]["hints"]) == 1
    assert (on_disk(folder) == 1).sum() < 100
    assert len(page.ask("redo")[0]["hints"]) == 2
    answer = page.paint(tool="scribble", class_id=255)
    assert answer["kind"] == "refused" and answer["text"].startswith("Void cannot be scribbled")


@pytest.fixture
def taught(folder):
    """Open a page whose network finds the dark square."""
    page = Page(folder, model=dark_model())
    yield page
    page.labeller.close()


def test_a_proposal_is_a_draft_until_it_is_accepted(taught, folder):
    answer = taught.ask("propose")[0]
    assert answer["is_draft"] and not answer["is_labelled"]
    assert not list((folder / "masks").glob("*.png"))
    answer = taught.ask("accept")[0]
    assert answer["is_labelled"] and not answer["is_draft"]
    np.testing.assert_array_equal(on_disk(folder) == 1, cat())


def test_a_proposal_that_is_changed_is_a_mask_even_where_the_change_is_undone(taught, folder):
    taught.ask("propose")
    answer = taught.paint(class_id=2, points=[[70, 50]])
    assert answer["is_labelled"] and not answer["is_draft"]
    assert (on_disk(folder) == 2).any() and (on_disk(folder) == 1).any()
    answer = taught.ask("undo")[0]
    assert answer["is_labelled"] and not answer["is_draft"]
    np.testing.assert_array_equal(on_disk(folder) == 1, cat())


def test_a_proposal_is_one_step_above_a_mask_that_stays_on_the_disk(taught, folder):
    taught.paint()
    before = on_disk(folder)
    for kind, is_draft in (("propose", True), ("undo", False), ("redo", True), ("undo", False)):
        answer = taught.ask(kind)[0]
        assert answer["is_draft"] == is_draft and answer["is_labelled"]
        np.testing.assert_array_equal(on_disk(folder), before)
    taught.paint(class_id=2)  # As deep as the proposal was, and none.
    assert (on_disk(folder) == 2).any()


def test_drafts_are_neither_counted_nor_taught_but_listed_and_offered(taught, monkeypatch):
    learned_from = []

    def teach(images, masks, *arguments, **options):
        learned_from.extend(masks)
        return dark_model()

    monkeypatch.setattr("unetlab.label.session.teach", teach)
    for name in "abc":
        taught.ask("open", name=name)
        taught.ask("propose")
    taught.ask("accept")
    assert taught.ask("next", by_doubt=False)[0]["name"] == "d"
    listed, _ = taught.ask("hello")
    assert listed["labelled"] == ["c"] and listed["drafts"] == ["a", "b"]
    taught.ask("teach")
    taught.labeller._lesson.join(100)
    assert learned_from == ["c"]
    content, (_, pixels) = taught.ask("next", by_doubt=False)
    assert content["name"] in "ab" and content["is_draft"]  # Made anew: it was saved nowhere.
    np.testing.assert_array_equal(np.frombuffer(zlib.decompress(pixels), np.uint8) == 1, cat().flat)
    assert taught.session.labelled == {"c"}
    taught.ask("undo")
    assert len(taught.ask("hello")[0]["drafts"]) == 1


def test_a_draft_that_cannot_be_saved_stays_a_draft(taught, disk_full_after):
    taught.ask("propose")
    with disk_full_after(0):
        answers = [taught.ask("accept")[0], taught.paint(class_id=2, points=[[70, 50]])]
    assert [answer["kind"] for answer in answers] == ["refused"] * 2
    assert taught.heard[-1][0]["is_draft"] and not taught.session.labelled
    assert taught.ask("accept")[0]["is_labelled"]


def test_a_lesson_runs_while_one_paints_and_then_the_network_proposes(tmp_path):
    scenes = [draw_scene("pets", 64, seed=seed) for seed in range(5)]
    for number, (image, _) in enumerate(scenes):
        Image.fromarray(image).save(tmp_path / f"{number}.png")
    photos = LabelFolder(tmp_path)
    for number in range(4):
        photos.save_mask(str(number), np.uint8(scenes[number][1] == 1))
    page = Page(tmp_path, ("background", "subject"), image_size=64)  # It takes the folder over.
    assert page.session.name == "4"  # The one that has no mask.
    page.ask("teach")
    assert "one at a time" in page.ask("teach")[0]["text"]
    painted = page.paint(points=[[1, 1]], radius=0)
    assert painted["kind"] == "change" and "taught" not in page.kinds()
    assert on_disk(tmp_path, "4").sum() == 1
    page.labeller._lesson.join(100)
    taught = next(content for content, _ in page.heard if content["kind"] == "taught")
    assert taught["has_model"] and "has learned from 4 photos" in taught["text"]
    shares = [content["share"] for content, _ in page.heard if content["kind"] == "progress"]
    assert shares == sorted(shares) and shares[-1] > 0.9
    page.ask("open", name="0")
    page.paint(tool="polygon", class_id=0, points=[[0, 0], [64, 0], [64, 64], [0, 64]], radius=0)
    assert not on_disk(tmp_path, "0").any()
    page.ask("propose")
    page.ask("accept")
    truth, found = scenes[0][1][..., 0] == 1, on_disk(tmp_path, "0") == 1
    assert (truth & found).sum() / (truth | found).sum() > 0.7
    page.labeller.close()


def test_a_lesson_of_nothing_says_what_is_missing(page):
    page.ask("teach")
    page.labeller._lesson.join(100)
    content, _ = page.heard[-1]
    assert content["kind"] == "taught" and "label a photo first" in content["text"]


def test_next_offers_each_photo_without_a_mask_once_and_then_says_so(page):
    assert sorted(page.ask("next", by_doubt=False)[0]["name"] for _ in range(3)) == ["b", "c", "d"]
    for name in "abcd":
        page.ask("open", name=name)
        page.paint()
    assert page.ask("next", by_doubt=False)[0]["text"] == "Every other photo has a mask."


def test_next_by_doubt_offers_what_the_network_is_least_sure_of(folder):
    page = Page(folder, model=dark_model())
    # Half as bright is 127 of 255 around the square: nearest to where the model's mind changes.
    (folder / "c.png").write_bytes(b"no photo")
    assert page.ask("next", by_doubt=True)[0]["name"] == "b"
    page.labeller.close()


def test_a_stroke_for_a_photo_that_another_page_has_left_is_refused(page, folder):
    page.ask("open", name="b")
    answer = page.paint(name="a")
    assert answer["kind"] == "refused" and "'b' is open" in answer["text"]
    assert not list((folder / "masks").glob("*.png"))


def test_a_full_disk_costs_the_stroke_in_hand(page, folder, disk_full_after):
    page.paint()
    page.paint(class_id=2, points=[[20, 50]])
    before = on_disk(folder)
    with disk_full_after(0):
        answer = page.paint(class_id=2, points=[[70, 50]])
        shown, (content,) = page.heard[-1]  # The page is given the mask as it is on the disk.
        undone = page.ask("undo")[0]
    assert answer["kind"] == undone["kind"] == "refused" and "cannot be written" in answer["text"]
    assert shown["kind"] == "change" and shown["place"] == [0, 0, 80, 60]
    assert zlib.decompress(content) == before.tobytes() == on_disk(folder).tobytes()
    page.paint(class_id=2, points=[[70, 50]])
    assert (on_disk(folder) == 2).sum() == 58


def test_a_large_photo_is_painted_smaller_and_saved_in_full(tmp_path):
    Image.new("RGB", (4000, 4000)).save(tmp_path / "a.png")
    page = Page(tmp_path)
    content, (jpeg, pixels) = page.ask("open", name="a")
    assert content["size"] == [2000, 2000] and content["full"] == [4000, 4000]
    assert Image.open(io.BytesIO(jpeg)).size == (2000, 2000)
    assert len(zlib.decompress(pixels)) == 4_000_000
    page.paint(points=[[4, 5]], radius=0)
    mask = on_disk(tmp_path)
    assert mask.shape == (4000, 4000) and mask[10:12, 8:10].all() and mask.sum() == 4
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
    again = Page(folder)  # as after the cell was run again
    assert again.session.name == "b" and again.session.labelled == {"a"}
    for kept in ("c", "gone", None):  # What the tab has kept, if anything, of this folder.
        again.ask("hello", name=kept)
        assert again.heard[-1][0]["name"] == "c"
    assert zlib.decompress(again.ask("open", name="a")[1][1]) == on_disk(folder).tobytes()
    assert "opened anew elsewhere" in page.paint(class_id=2)["text"]
    again.labeller.close()


def test_a_photo_that_cannot_be_read_does_not_keep_the_others_away(folder):
    (folder / "a.png").write_bytes(b"no photo")
    page = Page(folder)
    assert "a.png" in page.ask("hello")[0]["text"]
    assert page.ask("open", name="a")[0]["kind"] == "refused"
    assert page.paint()["kind"] == "change" and on_disk(folder, "b").any()
    page.labeller.close()


def test_a_photo_is_sent_small_for_the_row_of_photos(page, folder):
    Image.new("RGB", (1600, 400), "red").save(folder / "b.png")
    (folder / "c.png").write_bytes(b"no photo")
    head, jpeg = page.ask("thumbnail", name="b")[0]["source"].split(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(jpeg))).size == (128, 32)
    # What is wrong with a photo is said when it is opened.
    assert page.ask("thumbnail", name="c")[0]["source"] == ""


def test_masks_are_saved_as_coco_on_request(page, folder):
    page.paint()
    assert page.ask("coco")[0]["text"].startswith("Saved ")
    (path,) = (folder / "coco").glob("*.json")
    assert [one["name"] for one in json.loads(path.read_text())["categories"]] == ["cat", "dog"]


def test_a_held_folder_is_told_and_can_be_tried_again(folder, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    (folder / "masks").mkdir()
    with FileLock(folder / "masks" / store.LOCK_FILE):  # as another process would
        door = open_labeller(folder, CLASSES)
        words, again = door.children
        assert "is being labelled elsewhere already" in words.value
        again.click()
        assert len(door.children) == 2
    door.children[1].click()
    (labeller,) = door.children
    labeller.close()
