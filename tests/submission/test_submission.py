"""A submission: every photo's row, in order, whatever is broken among them."""

import keras
import numpy as np
import pytest
from filelock import FileLock, Timeout
from PIL import Image

from unetlab.data import load_image
from unetlab.prediction import predict_mask
from unetlab.submission import decode_run_length, write_submission

# Photos of a bright disc on black, in sizes of their own; the models call what is bright 1.
SIZES = [(48, 64), (97, 51), (40, 200), (64, 64), (33, 130)]


def brightness_model(height=32, width=32):
    model = keras.Sequential([keras.Input([height, width, 3]), keras.layers.Conv2D(1, 1)])
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
    header, *rows = path.read_text().splitlines()
    assert header == "img,rle_mask"
    return [tuple(row.split(",")) for row in rows]


def test_rows_are_the_predicted_masks_in_order(tmp_path):
    folder, path = make_folder(tmp_path / "photos", 7), tmp_path / "rows.csv"
    save_disc(folder / "car100.png", 50, 40)
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


# 1918, Carvana's, is 239.75 times 8.
@pytest.mark.parametrize(("width", "orientation"), [(1918, 1), (1918, 6), (1801, 3), (1920, 1)])
def test_an_edge_stays_where_it_is_at_both_ends_of_a_reduced_photo(tmp_path, width, orientation):
    image = np.zeros([320, width, 3], np.uint8)
    edges = [60, 300, width - 300, width - 60]
    image[:, edges[0] : edges[1]] = image[:, edges[2] : edges[3]] = 220
    stored = np.rot90(image, {1: 0, 3: 2, 6: 1}[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "a.jpg", quality=95, exif=exif)
    write_submission(brightness_model(32, 224), [tmp_path / "a.jpg"], tmp_path / "rows.csv")
    ((_, text),) = read_rows(tmp_path / "rows.csv")
    row = decode_run_length(text, 320, width)[160, :, 0]
    assert np.flatnonzero(np.diff(row)) + 1 == pytest.approx(edges, abs=1.01)


def test_broken_photos_have_empty_masks_and_do_not_end_the_job(tmp_path, capsys):
    folder, path = make_folder(tmp_path / "photos", 8), tmp_path / "rows.csv"
    write_submission(brightness_model(), folder, tmp_path / "good.csv")
    cut = (folder / "car003.jpg").read_bytes()
    (folder / "car003.jpg").write_bytes(cut[: len(cut) // 2])
    (folder / "car004.jpg").write_text("no photo")
    (folder / "car007.jpg").write_bytes(b"")
    paths = [*sorted(folder.iterdir()), folder / "gone.jpg"]
    report = write_submission(brightness_model(), paths, path, batch_size=4)
    broken = ["car003.jpg", "car004.jpg", "car007.jpg", "gone.jpg"]
    assert report.written == 9 and [name for name, _ in report.skipped] == broken
    assert "truncated" in report.skipped[0][1] and "No such file" in report.skipped[3][1]
    assert "Skipped car003.jpg: " in capsys.readouterr().out
    good = dict(read_rows(tmp_path / "good.csv"))
    assert dict(read_rows(path)) == {**good, **dict.fromkeys(broken, "")}
    # Gone on with, their rows stand: nothing moves up.
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:6]) + b"car005.jp")
    report = write_submission(brightness_model(), paths, path, batch_size=4)
    assert (report.written, report.resumed) == (4, 5)
    assert [name for name, _ in report.skipped] == broken[2:]
    assert path.read_bytes() == whole


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


def test_a_file_cut_at_any_byte_ends_up_the_same(tmp_path):
    folder, path = make_folder(tmp_path / "photos", 2), tmp_path / "rows.csv"
    write_submission(brightness_model(), folder, path)
    whole, model = path.read_bytes(), brightness_model()
    row = whole.index(b"\n") + 1
    for size in (0, 5, row - 1, row, row + 4, row + 20, len(whole) - 1, len(whole)):
        path.write_bytes(whole[:size])
        report = write_submission(model, folder, path)
        assert path.read_bytes() == whole and report.resumed + report.written == 2
    path.write_bytes(whole[: row + 20] + b"\0" * 99)  # what some file systems leave after a cut
    write_submission(model, folder, path)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("img,rle_mask\ncar001.jpg,1 1\n", r"row 1 begins b'car001\.jpg,1 1.*expected b'car000"),
        ("img,rle_mask\ncar000.jpg,\ncar001.jpg,\ncar002.jpg,\n", "row 3 .* b'no more rows'"),
        ("my notes", "row 0 begins b'my notes'"),
    ],
)
def test_another_file_is_refused_and_left_alone(tmp_path, text, message):
    folder, path = make_folder(tmp_path / "photos", 2), tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        write_submission(brightness_model(), folder, path)
    assert path.read_text() == text


def test_there_is_one_writer(tmp_path):
    folder, path = make_folder(tmp_path / "photos", 1), tmp_path / "rows.csv"
    with FileLock(f"{path}.lock"), pytest.raises(Timeout, match=r"rows\.csv\.lock"):
        write_submission(brightness_model(), folder, path)
    assert not path.exists()
    assert write_submission(brightness_model(), folder, path).written == 1


def test_what_would_make_every_mask_empty_is_refused(tmp_path):
    folder, model = make_folder(tmp_path / "photos", 1), brightness_model()
    model.set_weights([weight * np.nan for weight in model.get_weights()])
    with pytest.raises(ValueError, match="the logits hold NaN"):
        write_submission(model, folder, tmp_path / "a.csv")
