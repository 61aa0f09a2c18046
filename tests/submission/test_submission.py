"""A submission: every photo's row, in order, through kills and broken photos."""

import gzip
import os
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from unetlab.data import load_image
from unetlab.prediction import predict_logits, predict_mask
from unetlab.submission.run_length import decode_run_length
from unetlab.submission.submission import write_submission
from unetlab.submission.writing import only_writer

# Photos of a bright disc on black, in sizes of their own; the models call what is bright 1.
SIZES = [(48, 64), (97, 51), (40, 200), (64, 64), (33, 130)]

SCRIPT = """
import sys, time
sys.path.insert(0, sys.argv[1])
from test_submission import brightness_model
from unetlab.submission.submission import write_submission

class Slow:
    input_shape, output_shape = (None, 32, 32, 3), (None, 32, 32, 1)
    model = brightness_model()
    weights = model.weights

    def predict_on_batch(self, images):
        time.sleep(0.15)
        return self.model.predict_on_batch(images)
"""
KILLED = f"{SCRIPT}\nwrite_submission(Slow(), sys.argv[2], sys.argv[3], batch_size=2)"
PEAKS = f"""{SCRIPT}
import resource
from pathlib import Path
paths = sorted(Path(sys.argv[2]).iterdir())
for count in (40, len(paths)):
    write_submission(Slow.model, paths[:count], f"{{sys.argv[3]}}{{count}}.csv")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def brightness_model():
    model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(1, 1)])
    model.set_weights([np.full([1, 1, 3, 1], 1 / 3), np.array([-110.0])])
    return model


def save_disc(path, height, width, **options):
    rows, columns = np.mgrid[:height, :width]
    disc = ((rows - height / 2) / height) ** 2 + ((columns - width / 2) / width) ** 2 < 0.1
    # Not quite symmetrical, so that a mask that is turned or mirrored is found out.
    disc |= (rows < height / 5) & (columns < width / 3)
    Image.fromarray(np.uint8(disc * 220)).convert("RGB").save(path, **options)


def make_folder(folder, count):
    folder.mkdir()
    for number in range(count):
        save_disc(folder / f"car{number:03}.jpg", *SIZES[number % len(SIZES)])
    return folder


def read_rows(path):
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    header, *rows = text.splitlines()
    assert header == "img,rle_mask"
    return [tuple(row.split(",")) for row in rows]


def start(script, *arguments):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", script, str(Path(__file__).parent), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_rows_are_the_predicted_masks_in_order(tmp_path, name):
    folder = make_folder(tmp_path / "photos", 7)
    save_disc(folder / "car100.png", 50, 40)
    path = tmp_path / name
    assert write_submission(brightness_model(), folder, path, batch_size=3) == (8, [], 0)
    rows = read_rows(path)
    assert [photo for photo, _ in rows] == [photo.name for photo in sorted(folder.iterdir())]
    for photo, text in rows:
        image = np.asarray(Image.open(folder / photo))
        predicted_mask = predict_mask(brightness_model(), image)
        mask = decode_run_length(text, *image.shape[:2])
        assert 0.1 < mask.mean() < 0.9
        # JPEGs are decoded at a reduced scale, so their edges may differ by a hair.
        assert (mask != predicted_mask).mean() < (0.02 if photo.endswith("jpg") else 1e-9)


def test_photos_are_written_in_the_order_given_and_at_the_threshold_given(tmp_path):
    folder = make_folder(tmp_path / "photos", 6)
    paths = sorted(folder.iterdir(), reverse=True)
    write_submission(brightness_model(), iter(paths), tmp_path / "a.csv", batch_size=4)
    rows = read_rows(tmp_path / "a.csv")
    assert [name for name, _ in rows] == [path.name for path in paths]
    probability = 1 / (1 + np.exp(-15))  # a logit of 15; those of the disc reach 110
    write_submission(brightness_model(), map(str, paths), tmp_path / "b.csv", probability)
    for (_, low), (_, high), path in zip(rows, read_rows(tmp_path / "b.csv"), paths, strict=True):
        size = Image.open(path).size[::-1]
        low, high = decode_run_length(low, *size), decode_run_length(high, *size)
        assert 0 < high.sum() < low.sum() and (high <= low).all()


def test_large_and_turned_jpegs_keep_their_own_size(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    save_disc(tmp_path / "large.jpg", 700, 1000)
    save_disc(tmp_path / "turned.jpg", 300, 400, exif=exif)
    Image.open(tmp_path / "large.jpg").convert("L").save(tmp_path / "grey.jpg")
    Image.open(tmp_path / "large.jpg").convert("CMYK").save(tmp_path / "press.jpg")
    paths = [tmp_path / f"{name}.jpg" for name in ("large", "turned", "grey", "press")]
    write_submission(brightness_model(), paths, tmp_path / "rows.csv")
    rows = read_rows(tmp_path / "rows.csv")
    turned = np.rot90(np.asarray(Image.open(paths[1])), -1)
    images = [np.asarray(Image.open(path).convert("RGB")) for path in paths]
    for (_, text), image in zip(rows, [images[0], turned, *images[2:]], strict=True):
        mask = decode_run_length(text, *image.shape[:2])
        assert (mask == (predict_logits(brightness_model(), image) > 0)).mean() > 0.98


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_killed_job_is_gone_on_with(tmp_path, name):
    folder, path = make_folder(tmp_path / "photos", 30), tmp_path / name
    process = start(KILLED, folder, path)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (path.exists() and path.stat().st_size > 400):
            assert process.poll() is None
            time.sleep(0.02)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == (1 if os.name == "nt" else -9)  # Windows has no signals
    with path.open("ab") as file:  # killed while it wrote
        file.write(path.read_bytes()[:9])
    report = write_submission(brightness_model(), folder, path, batch_size=2)
    assert 0 < report.resumed < 30 and report.written == 30 - report.resumed
    write_submission(brightness_model(), folder, tmp_path / f"whole_{name}", batch_size=2)
    assert path.read_bytes() == (tmp_path / f"whole_{name}").read_bytes()
    assert [photo for photo, _ in read_rows(path)] == [f"car{i:03}.jpg" for i in range(30)]
    assert write_submission(brightness_model(), folder, path) == (0, [], 30)
    assert path.read_bytes() == (tmp_path / f"whole_{name}").read_bytes()


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_shards_joined_are_the_bytes_of_one_run(tmp_path, suffix):
    folder, whole = make_folder(tmp_path / "photos", 16), tmp_path / f"whole{suffix}"
    write_submission(brightness_model(), folder, whole, batch_size=2)
    parts = [tmp_path / f"part{number}{suffix}" for number in (1, 2, 3, 4)]
    for number in (3, 1, 4, 2):  # on machines of their own, in any order
        shard, path = (number, 4), parts[number - 1]
        report = write_submission(brightness_model(), folder, path, batch_size=2, shard=shard)
        assert report == (4, [], 0)
    assert b"".join(part.read_bytes() for part in parts) == whole.read_bytes()
    # A part that was cut short goes on by itself, and knows its own photos.
    rows = parts[2].read_bytes()
    parts[2].write_bytes(rows[: len(rows) - 9])
    report = write_submission(brightness_model(), folder, parts[2], batch_size=2, shard=(3, 4))
    assert report.resumed > 0 and parts[2].read_bytes() == rows
    with pytest.raises(ValueError, match=r"row 1 begins 'car008\.jpg', expected 'car012\.jpg'"):
        write_submission(brightness_model(), folder, parts[2], shard=(4, 4))


def test_more_shards_than_photos_leave_none_out(tmp_path):
    folder, written = make_folder(tmp_path / "photos", 3), b""
    for number in (1, 2, 3, 4, 5):
        path = tmp_path / f"{number}.csv"
        write_submission(brightness_model(), folder, path, shard=(number, 5))
        assert write_submission(brightness_model(), folder, path, shard=(number, 5)).written == 0
        written += path.read_bytes()
    write_submission(brightness_model(), folder, tmp_path / "whole.csv")
    assert written == (tmp_path / "whole.csv").read_bytes()


def test_a_shard_has_one_writer(tmp_path):
    folder = make_folder(tmp_path / "photos", 4)
    with only_writer(tmp_path / "1.csv"):
        with pytest.raises(RuntimeError, match="is being written by another"):
            write_submission(brightness_model(), folder, tmp_path / "1.csv", shard=(1, 2))
        write_submission(brightness_model(), folder, tmp_path / "2.csv", shard=(2, 2))
    assert (tmp_path / "2.csv").read_text(encoding="utf-8").count("\n") == 2


def test_broken_photos_have_empty_masks_and_do_not_end_the_job(tmp_path, capsys):
    folder, path = make_folder(tmp_path / "photos", 9), tmp_path / "rows.csv"
    write_submission(brightness_model(), folder, tmp_path / "good.csv")
    cut = (folder / "car003.jpg").read_bytes()
    (folder / "car003.jpg").write_bytes(cut[: len(cut) // 2])
    (folder / "car004.jpg").write_text("no photo")
    (folder / "car008.jpg").write_bytes(b"")
    report = write_submission(brightness_model(), folder, path, batch_size=4)
    broken = ["car003.jpg", "car004.jpg", "car008.jpg"]
    assert report.written == 9 and [name for name, _ in report.skipped] == broken
    assert "truncated" in report.skipped[0][1] and "cannot identify" in report.skipped[1][1]
    said = capsys.readouterr().out
    assert "Skipped car003.jpg: " in said and "(image file is truncated" in said
    good = dict(read_rows(tmp_path / "good.csv"))
    assert dict(read_rows(path)) == {**good, **dict.fromkeys(broken, "")}
    # Gone on with, their rows stand: nothing moves up, and they are not tried again.
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:6]) + lines[6][:20])
    report = write_submission(brightness_model(), folder, path, batch_size=4)
    assert (report.written, report.resumed) == (4, 5)
    assert [name for name, _ in report.skipped] == ["car008.jpg"]
    assert path.read_text() == "".join(lines)


def test_a_model_of_open_size_sees_each_photo_as_it_is(tmp_path):
    folder, path = make_folder(tmp_path / "photos", 6), tmp_path / "rows.csv"
    (folder / "car002.jpg").write_text("no photo")
    image = keras.Input([None, None, 3])
    small = keras.layers.AveragePooling2D(4)(image)
    logits = keras.layers.UpSampling2D(4)(keras.layers.Conv2D(1, 1)(small))
    model = keras.Model(image, logits)
    model.set_weights([np.full([1, 1, 3, 1], 1 / 3), np.array([-110.0])])
    report = write_submission(model, folder, path, batch_size=4)
    assert report.written == 6 and [name for name, _ in report.skipped] == ["car002.jpg"]
    for name, text in read_rows(path):
        if name != "car002.jpg":
            image = load_image(folder / name)
            mask = decode_run_length(text, *image.shape[:2])
            np.testing.assert_array_equal(mask, predict_mask(model, image))
            assert 0.1 < mask.mean() < 0.9


def test_a_threshold_is_a_probability(tmp_path):
    for threshold in (0, 1, -0.5, 50.0, float("nan")):
        with pytest.raises(ValueError, match=f"threshold is {threshold}, expected a probability"):
            write_submission(brightness_model(), [], tmp_path / "rows.csv", threshold)
    assert not list(tmp_path.iterdir())


def test_a_missing_photo_is_skipped(tmp_path):
    save_disc(tmp_path / "a.jpg", 40, 40)
    paths = [tmp_path / "gone.jpg", tmp_path / "a.jpg"]
    report = write_submission(brightness_model(), paths, tmp_path / "rows.csv")
    assert [name for name, _ in report.skipped] == ["gone.jpg"]
    assert "is not a file" in report.skipped[0][1]
    assert [bool(text) for _, text in read_rows(tmp_path / "rows.csv")] == [False, True]


def test_another_list_of_photos_is_refused(tmp_path):
    folder, path = make_folder(tmp_path / "photos", 4), tmp_path / "rows.csv"
    write_submission(brightness_model(), folder, path)
    (folder / "car001.jpg").unlink()
    with pytest.raises(ValueError, match=r"row 2 begins 'car001\.jpg', expected 'car002\.jpg'"):
        write_submission(brightness_model(), folder, path)


def test_memory_does_not_grow_with_the_number_of_photos(tmp_path):
    pytest.importorskip("resource", reason="this system does not tell a program's peak of memory")
    folder = tmp_path / "photos"
    folder.mkdir()
    save_disc(folder / "car000.jpg", 800, 1200)
    for number in range(1, 200):
        os.link(folder / "car000.jpg", folder / f"car{number:03}.jpg")
    process = start(PEAKS, folder, tmp_path / "rows")
    few, many = map(int, process.communicate(timeout=60)[0].split())
    # Kept in memory, the logits of 160 photos alone would be 600 MB.
    assert many < 1.3 * few
    assert len(read_rows(tmp_path / "rows200.csv")) == 200


def test_names_and_models_that_cannot_be_are_refused(tmp_path):
    paths = [tmp_path / "a" / "car.jpg", tmp_path / "b" / "car.jpg"]
    with pytest.raises(ValueError, match=r"'car\.jpg' is there twice, expected names of their own"):
        write_submission(brightness_model(), paths, tmp_path / "rows.csv")
    with pytest.raises(ValueError, match=r"'a,b\.jpg' would break the CSV"):
        write_submission(brightness_model(), [tmp_path / "a,b.jpg"], tmp_path / "rows.csv")
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        write_submission(brightness_model(), tmp_path / "nowhere", tmp_path / "rows.csv")
    model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(3, 1)])
    with pytest.raises(ValueError, match="the model gives 3 logits a pixel, expected one"):
        write_submission(model, [tmp_path / "a.jpg"], tmp_path / "rows.csv")
    assert not (tmp_path / "rows.csv").exists()


@pytest.mark.parametrize("other", ["threshold", "weights"])
def test_going_on_with_another_threshold_or_model_is_refused(tmp_path, other):
    folder, path = make_folder(tmp_path / "photos", 2), tmp_path / "rows.csv"
    model, threshold = brightness_model(), 0.5
    write_submission(model, folder, path, threshold)
    rows = path.read_text()
    assert write_submission(brightness_model(), folder, path, threshold).resumed == 2
    if other == "threshold":
        threshold = 0.9
    else:
        model.set_weights([weight + 1 for weight in model.get_weights()])
    with pytest.raises(ValueError, match=r"rows\.csv was begun with another .*, expected .* path"):
        write_submission(model, folder, path, threshold)
    assert path.read_text() == rows
    path.unlink()
    assert write_submission(model, folder, path, threshold).written == 2
