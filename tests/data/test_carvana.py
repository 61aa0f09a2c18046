"""Car photos: decoded in line with their masks, split by car, bad pairs named, Kaggle's words."""

import http.server
import io
import threading
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from unetlab.data.carvana import CARVANA_CLASSES, download, load_carvana
from unetlab.data.masks import load_mask
from unetlab.data.pairs import read_examples
from unetlab.pipeline import prepare_batches


def write_pair(folder, name, size=(90, 60), mask_size=None, palette=(0, 0, 0, 255, 255, 255)):
    """Write a photo that is white where the car is, and its one-bit mask; return both paths."""
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    middle = (rows - height * 0.4) ** 2 + (columns - width * 0.6) ** 2
    car = middle < (min(size) * 0.3) ** 2
    photo = folder / "train" / f"{name}.jpg"
    mask = folder / "train_masks" / f"{name}_mask.gif"
    for path in (photo, mask):
        path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.uint8(car)[..., None].repeat(3, 2) * 255).save(photo, quality=95)
    drawn = Image.fromarray(np.uint8(car if palette[0] == 0 else ~car)).convert("P")
    drawn.putpalette(palette)
    drawn.resize(mask_size or size, Image.Resampling.NEAREST).save(mask)
    return str(photo), str(mask)


@pytest.fixture
def cars(tmp_path, monkeypatch):
    """A folder `carvana` of four cars with three photos each, where `load_carvana` looks first."""
    for car in "abcd":
        for view in (1, 2, 3):
            write_pair(tmp_path / "carvana", f"{car}f0_{view:02}")
    monkeypatch.setenv("UNETLAB_DATA", str(tmp_path))
    return tmp_path / "carvana"


def read_pair(image_path, mask_path, image_size=None):
    return next(iter(read_examples([(image_path, mask_path)], load_mask, image_size)))


def read_names(part):
    return [name.decode() for name in part.as_numpy_iterator()]


# Decoding


@pytest.mark.parametrize(("size", "ratio"), [(None, 1), (170, 1), (120, 2), (64, 4), (40, 8)])
@pytest.mark.parametrize("full_size", [(480, 320), (477, 323)])
def test_photo_and_mask_shrink_alike(tmp_path, full_size, size, ratio):
    image, mask = read_pair(*write_pair(tmp_path, "a_01", full_size), size and (size, size))
    expected = [-(-side // ratio) for side in reversed(full_size)]
    assert image.shape.as_list() == expected + [3] and mask.shape.as_list() == expected + [1]
    bright, car = image.numpy()[..., 0] > 127, mask.numpy()[..., 0] > 0
    # A mask moved by a single pixel of the smallest of these sizes differs by 7 of 100.
    assert np.mean(bright & car) / np.mean(bright | car) > 0.96
    assert np.abs(np.argwhere(bright).mean(0) - np.argwhere(car).mean(0)).max() < 0.3


@pytest.mark.parametrize("palette", [(0, 0, 0, 255, 255, 255), (255, 255, 255, 0, 0, 0)])
def test_the_bright_colour_of_the_mask_is_the_car(tmp_path, palette):
    image, mask = read_pair(*write_pair(tmp_path, "a_01", (91, 67), palette=palette))
    assert mask.dtype == tf.uint8 and set(np.unique(mask)) == {0, 1}
    assert np.mean((image.numpy()[..., :1] > 127) == mask.numpy()) > 0.99
    frames = tf.io.decode_gif(tf.io.read_file(f"{tmp_path}/train_masks/a_01_mask.gif"))
    np.testing.assert_array_equal(mask, frames[0, ..., :1] > 127)


# Loading


def test_photos_are_found_split_by_car_and_feed_the_pipeline(cars, capsys):
    data = load_carvana(image_size=16, test_share=0.25)
    assert data.class_names == CARVANA_CLASSES == ("background", "car")
    assert str(cars) in data.source and capsys.readouterr().out == ""
    train, test = read_names(data.train_names), read_names(data.test_names)
    assert (len(train), len(test)) == (9, 3)
    assert not {name[0] for name in train} & {name[0] for name in test}
    image, mask = next(iter(prepare_batches(data.train, 16, 9, num_classes=2)))
    assert (image.shape, mask.shape) == ((9, 16, 16, 3), (9, 16, 16, 1))
    assert np.mean((image[..., :1] > 127) == (mask > 0)) > 0.95


def test_a_phone_photo_fits_its_upright_mask_and_no_other(cars, capsys):
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("ef0_01", "ff0_01"):
        path, _ = write_pair(cars, name, size=(50, 80))
        lying = Image.open(path).transpose(Image.Transpose.ROTATE_90)
        lying.save(path, quality=95, exif=exif)
    path, _ = write_pair(cars, "gf0_01", size=(90, 60))
    Image.open(path).save(path, exif=exif)
    data = load_carvana("real", image_size=16)
    assert "gf0_01.jpg is 60x90, but its mask is 90x60" in capsys.readouterr().out
    found = 0
    for part in ("train", "test"):
        for image, mask, name in data.with_names(part).as_numpy_iterator():
            bright, car = image[..., :1] > 127, mask > 0
            assert np.mean(bright & car) / np.mean(bright | car) > 0.9, name
            assert (image.shape == (40, 25, 3)) == (name[:1] in (b"e", b"f"))
            found += image.shape == (40, 25, 3)
    assert found == 2


@pytest.mark.parametrize("where", ["data/carvana", "notebooks/data/carvana"])
def test_photos_are_found_from_a_notebook(tmp_path, monkeypatch, where):
    monkeypatch.delenv("UNETLAB_DATA", raising=False)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    for name in ("a_01", "b_01"):
        write_pair(tmp_path / where, name)
    assert str(tmp_path / where) in load_carvana().source


def test_bad_pairs_are_named_in_one_line_and_left_out(cars, capsys):
    (cars / "train_masks" / "af0_01_mask.gif").unlink()
    write_pair(cars, "af0_02", mask_size=(45, 30))
    photo = cars / "train" / "bf0_01.jpg"
    photo.write_bytes(photo.read_bytes()[:-200])
    mask = cars / "train_masks" / "bf0_02_mask.gif"
    mask.write_bytes(mask.read_bytes()[:-40])
    (cars / "train" / "bf0_03.jpg").write_bytes(b"")
    (cars / "train" / "._af0_01.jpg").write_bytes(b"left by a system")
    data = load_carvana("real")
    said = capsys.readouterr().out
    assert said.startswith("Left out 5 in") and said.count("\n") == 1
    for words in ("af0_01.jpg: no mask", "af0_02.jpg is 90x60, but its mask is 45x30",
                  "bf0_01.jpg", "bf0_02_mask.gif", "bf0_03.jpg (0 bytes)"):  # fmt: skip
        assert words in said
    good = {"af0_03", *(f"{car}f0_{view:02}" for car in "cd" for view in (1, 2, 3))}
    assert {*read_names(data.train_names), *read_names(data.test_names)} == good
    assert len(list(data.train)) + len(list(data.test)) == 7


def test_a_folder_without_a_good_pair_is_an_error(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("UNETLAB_DATA", str(tmp_path))
    write_pair(tmp_path / "carvana", "a_01", mask_size=(9, 6))
    with pytest.raises(ValueError, match="train holds no photo with a usable mask, expected"):
        load_carvana()
    assert "a_01.jpg is 90x60, but its mask is 9x6" in capsys.readouterr().out


def test_the_sample_draws_cars_that_hold_the_size_wanted(capsys):
    data = load_carvana("sample", image_size=(40, 90), sample_size=5)
    assert (len(data.train), len(data.test), capsys.readouterr().out) == (4, 1, "")
    for image, mask in data.train.concatenate(data.test):
        assert (image.dtype, mask.dtype) == (tf.uint8, tf.uint8)
        assert (image.shape, mask.shape) == ((60, 90, 3), (60, 90, 1))
        assert set(np.unique(mask)) == {0, 1}
    assert len({image.numpy().tobytes() for image, _ in data.train.concatenate(data.test)}) == 5


def test_real_photos_keep_the_contract(shared_data):
    data = load_carvana("real", image_size=224)
    train, test = ({name[:-3] for name in read_names(part)} for part in data[2:4])
    assert not train & test and len(train | test) == 151 and len(test) == 30
    shares = []
    for image, mask in data.train.concatenate(data.test):
        assert image.dtype == mask.dtype == tf.uint8
        assert image.shape[:2] == mask.shape[:2] and min(image.shape[:2]) >= 224
        mask = mask.numpy()
        assert set(np.unique(mask)) == {0, 1}
        shares.append(mask.mean())
    assert 0.05 < np.mean(shares) < 0.5  # The car is 1, and the background around it 0.


# Kaggle


@pytest.fixture
def kaggle(tmp_path, monkeypatch):
    """Kaggle's real client against a server here, at a free port that its test setting names."""
    pytest.importorskip("kagglehub", reason="pip install kagglehub to test its real client")
    from kagglesdk import kaggle_env

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KAGGLE_API_ENVIRONMENT", "TEST")
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
    for name in ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)

    class Server(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_POST(self):
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w") as archive:
                part = "train_masks" if "train_masks" in asked else "train"
                archive.writestr(f"{part}/a_01.jpg", b"photo")
            self.send_response(self.status)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(packed.getvalue())))
            self.end_headers()
            self.wfile.write(packed.getvalue())

    server = http.server.ThreadingHTTPServer(("localhost", 0), Server)
    endpoints = kaggle_env._env_to_endpoint
    monkeypatch.setitem(
        endpoints, kaggle_env.KaggleEnv.TEST, f"http://localhost:{server.server_port}"
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Server
    server.shutdown()
    server.server_close()


def test_the_client_without_a_key_or_without_the_rules_is_told(kaggle, tmp_path, monkeypatch):
    with pytest.raises(ConnectionError, match="User is not authenticated"):
        download(tmp_path)
    monkeypatch.setenv("KAGGLE_USERNAME", "someone")
    monkeypatch.setenv("KAGGLE_KEY", "key")
    kaggle.status = 403
    with pytest.raises(ConnectionError, match="403"):
        download(tmp_path)
    assert not (tmp_path / "train").exists()


def test_the_client_downloads_and_unpacks(kaggle, tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "someone")
    monkeypatch.setenv("KAGGLE_KEY", "key")
    download(tmp_path / "here")
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"train", "train_masks"}
    assert (tmp_path / "here" / "train" / "a_01.jpg").read_bytes() == b"photo"
    kaggle.status = 500
    download(tmp_path / "here")  # What is here is not asked for again.
