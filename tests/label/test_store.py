"""Photos and their masks in a folder: read back as saved, refused where they do not fit."""

import os
import random
import signal
import time

import numpy as np
import pytest
from PIL import Image

from unetlab.data import load_folder
from unetlab.label import LabelFolder, MaskEditor, Stroke, apply_stroke

KILLS = int(os.environ.get("UNETLAB_KILLS", "3"))


@pytest.fixture
def folder(tmp_path):
    random_generator = np.random.default_rng(0)
    for name in "abc":
        pixels = random_generator.integers(0, 256, (60, 80, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    return tmp_path


def test_what_is_saved_is_read_by_the_loaders(folder):
    masks = {}
    photos = LabelFolder(folder, ("background", "cat", "dog"))
    for number, name in enumerate(photos.names):
        masks[name] = np.zeros([60, 80, 1], np.uint8)
        masks[name][5 * number : 30, 10:40] = 1
        masks[name][40:50, 10:40] = 2
        masks[name][:2] = 255
        photos.save_mask(name, masks[name])
    assert photos.labelled() == ["a", "b", "c"]
    photos.close()
    again = LabelFolder(folder, ("background", "cat", "dog"))
    for name, mask in masks.items():
        np.testing.assert_array_equal(again.load_mask(name, (60, 80)), mask)
    again.close()
    sets = load_folder(
        folder,
        folder / "masks",
        class_names=("background", "cat", "dog"),
        image_size=(60, 80),
        test_share=0.34,
    )
    found = [mask for part in (sets.train, sets.test) for _, mask in part.as_numpy_iterator()]
    for mask in masks.values():
        assert any(np.array_equal(mask, other) for other in found)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.full([60, 80, 1], 2, np.uint8), "holds class 2, expected 0 to 1, or 255.*name the cla"),
        (np.zeros([60, 80, 1]), r"is float64 \[60, 80, 1\], expected uint8 \[H, W, 1\].*cast it"),
        (np.zeros([60, 80], np.uint8), r"is uint8 \[60, 80\], expected uint8 \[H, W, 1\]"),
        (None, "expected uint8"),
    ],
)
def test_a_mask_that_could_not_be_read_again_is_not_saved(folder, mask, said):
    photos = LabelFolder(folder)
    with pytest.raises(ValueError, match=said):
        photos.save_mask("a", mask)
    assert photos.labelled() == []
    photos.close()


def test_another_size_is_refused_and_the_mask_stays(folder):
    photos = LabelFolder(folder)
    photos.save_mask("a", mask := np.ones([60, 80, 1], np.uint8))
    Image.new("RGB", (80, 61)).save(folder / "a.png")
    with pytest.raises(ValueError, match=r"a\.png is 80x60, but its photo a\.png is 80x61"):
        photos.load_mask("a", photos.load_photo("a")[1])
    with pytest.raises(ValueError, match="is 80x61 now, but its mask was drawn for 80x60"):
        photos.save_mask("a", 0 * mask)
    assert np.asarray(Image.open(photos.mask_path("a"))).all()
    photos.close()


def test_class_names_are_kept_and_may_grow(folder):
    LabelFolder(folder, ("background", "cat")).close()
    LabelFolder(folder, ("background", "cat", "dog")).close()
    with pytest.raises(ValueError, match="were drawn with"):
        LabelFolder(folder, ("background", "dog", "cat"))
    LabelFolder(folder, ("background", "cat", "dog")).close()  # The refused one let it go.


@pytest.mark.parametrize("names", ["cat", ("cat",), ("cat", "cat"), ("cat", ""), ("cat", 1)])
def test_class_names_that_are_none_are_refused(folder, names):
    with pytest.raises(ValueError, match=r"different names, each .*, the background's first"):
        LabelFolder(folder, names)


def fork(work):
    """Run `work(say)` in a process of its own; return its number and what it says, as a file."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, os.fdopen(reading)
    try:
        work(lambda text: os.write(writing, f"{text}\n".encode()))
    except OSError as error:
        os.write(writing, f"{error}\n".encode())
    finally:
        os._exit(0)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@needs_fork
def test_a_second_process_is_told(folder):
    def open_it(say):
        LabelFolder(folder, patience=0)
        say("opened")

    photos = LabelFolder(folder)
    pid, words = fork(open_it)
    told = f"is being labelled elsewhere already, by process {os.getpid()}"
    assert told in words.read()
    os.waitpid(pid, 0)
    photos.close()
    pid, words = fork(open_it)
    assert words.read() == "opened\n"
    os.waitpid(pid, 0)


def test_a_second_one_in_the_process_takes_it_over(folder):
    first, second = LabelFolder(folder), LabelFolder(folder)
    second.save_mask("a", np.ones([60, 80, 1], np.uint8))
    with pytest.raises(BlockingIOError, match="opened anew elsewhere"):
        first.save_mask("a", np.zeros([60, 80, 1], np.uint8))
    assert second.load_mask("a", (60, 80)).all()
    second.close()


def test_two_photos_of_one_name_are_left_out(folder):
    Image.new("RGB", (8, 8)).save(folder / "b.jpg")
    photos = LabelFolder(folder)
    assert photos.names == ["a", "c"] and "b.jpg, b.png: share a name" in photos.left_out[0]
    photos.close()


@needs_fork
def test_kills_cost_no_stroke_that_was_acknowledged(folder):
    def paint(say):
        photos = LabelFolder(folder)
        editor = MaskEditor(photos.load_mask("a", (60, 80)), (60, 80))
        for number in range(4800):
            editor.paint(Stroke("brush", 1, [(number % 80, number // 80)]))
            photos.save_mask("a", editor.mask)
            say(number)

    LabelFolder(folder).close()  # What it imports is imported before the fork.
    moments = random.Random(0)
    for _ in range(KILLS):
        pid, words = fork(paint)
        first = words.readline()
        time.sleep(moments.uniform(0, 0.3))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        last = int([first, *words.read().split()][-1])
        photos = LabelFolder(folder, patience=0)  # The dead one's lock gives way.
        mask = photos.load_mask("a", (60, 80)).reshape(-1)
        # At most one more was on the disk, and not yet told.
        assert mask[: last + 1].all() and not mask[last + 2 :].any()
        photos.remove_mask("a")
        photos.close()


def test_the_brush_agrees_with_discs_painted_one_by_one():
    mask = apply_stroke(np.zeros([40, 50, 1], np.uint8), Stroke("brush", 1, [(3, 4), (44, 30)], 3))
    rows, columns = np.mgrid[:40, :50]
    expected = np.zeros([40, 50], bool)
    for step in range(42):
        x, y = 3 + step, 4 + (2 * step * 26 + 41) // 82
        expected |= (rows - y) ** 2 + (columns - x) ** 2 <= 9
    np.testing.assert_array_equal(mask[..., 0], expected)


def test_undo_and_redo_lead_back_and_forth():
    random_generator = np.random.default_rng(0)
    editor = MaskEditor(np.zeros([60, 80, 1], np.uint8), (30, 40))
    seen = [editor.mask.copy()]
    for _ in range(8):
        point = random_generator.integers(0, 30, 2).tolist()
        editor.paint(Stroke("brush", len(seen), [point], 4))
        seen.append(editor.mask.copy())
    for mask in seen[-2::-1]:
        editor.undo()
        np.testing.assert_array_equal(editor.mask, mask)
        np.testing.assert_array_equal(editor.painted, mask[1::2, 1::2])
    for mask in seen[1:]:
        editor.redo()
        np.testing.assert_array_equal(editor.mask, mask)
    assert editor.redo() is None and editor.steps == (8, 0)
