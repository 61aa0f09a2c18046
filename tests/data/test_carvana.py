"""Car photos: decoded in line with their masks, split by car, bad pairs named, Kaggle's words."""

import http.server
import io
import re
import sys
import threading
import zipfile

import numpy as np
import pytest
import requests
import tensorflow as tf
from PIL import Image

from unetlab.data.carvana import CARVANA_CLASSES, find_pairs, load_carvana
from unetlab.data.kaggle import download_competition, explain
from unetlab.data.masks import load_mask
from unetlab.data.pairs import read_examples
from unetlab.data.splits import split_by_subject
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


@pytest.fixture
def nothing_here(tmp_path, monkeypatch):
    """A machine without photos, and without Kaggle's client."""
    monkeypatch.delenv("UNETLAB_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


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


@pytest.mark.parametrize("side", range(33, 49))
def test_a_car_at_the_border_stays_there_at_every_scale(tmp_path, side):
    photo, mask = f"{tmp_path}/a.jpg", f"{tmp_path}/a.gif"
    Image.new("L", (side, side), 255).save(photo)
    Image.new("1", (side, side), 1).save(mask)
    for size in (side, side // 2, side // 4, side // 8):
        assert read_pair(photo, mask, size)[1].numpy().all()


@pytest.mark.parametrize("palette", [(0, 0, 0, 255, 255, 255), (255, 255, 255, 0, 0, 0)])
def test_the_bright_colour_of_the_mask_is_the_car(tmp_path, palette):
    image, mask = read_pair(*write_pair(tmp_path, "a_01", palette=palette))
    assert mask.dtype == tf.uint8 and set(np.unique(mask)) == {0, 1}
    assert np.mean((image.numpy()[..., :1] > 127) == mask.numpy()) > 0.99


def test_masks_agree_with_tensorflows_own_decoder(tmp_path):
    paths = write_pair(tmp_path, "a_01", (91, 67))
    frames = tf.io.decode_gif(tf.io.read_file(paths[1]))
    np.testing.assert_array_equal(read_pair(*paths)[1], frames[0, ..., :1] > 127)


# Loading


def test_photos_are_found_and_feed_the_pipeline(cars, capsys):
    data = load_carvana(image_size=16, test_share=0.25)
    assert data.class_names == CARVANA_CLASSES == ("background", "car")
    assert str(cars) in data.source and capsys.readouterr().out == ""
    assert (len(data.train), len(data.test)) == (9, 3)
    image, mask = next(iter(prepare_batches(data.train, 16, 9, num_classes=2)))
    assert (image.shape, mask.shape) == ((9, 16, 16, 3), (9, 16, 16, 1))
    assert np.mean((image[..., :1] > 127) == (mask > 0)) > 0.95


def test_a_phone_photo_and_its_upright_mask_fit(cars, capsys):
    for name in ("ef0_01", "ff0_01"):
        path, _ = write_pair(cars, name, size=(50, 80))
        exif = Image.Exif()
        exif[0x0112] = 6
        lying = Image.open(path).transpose(Image.Transpose.ROTATE_90)
        lying.save(path, quality=95, exif=exif)
    data = load_carvana("real", image_size=16)
    assert capsys.readouterr().out == ""
    found = 0
    for (image, mask), name in zip(data.train.concatenate(data.test),
                                   read_names(data.train_names.concatenate(data.test_names)),
                                   strict=True):  # fmt: skip
        bright, car = image.numpy()[..., :1] > 127, mask.numpy() > 0
        assert np.mean(bright & car) / np.mean(bright | car) > 0.9, name
        found += image.shape == (40, 25, 3)
    assert found == 2


def test_a_phone_photo_whose_mask_lies_on_its_side_is_named(cars, capsys):
    path, _ = write_pair(cars, "ef0_01", size=(90, 60))
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(path).save(path, exif=exif)
    load_carvana("real")
    assert "ef0_01.jpg is 60x90, but its mask is 90x60" in capsys.readouterr().out


def test_a_cameras_own_names_can_be_loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("UNETLAB_DATA", str(tmp_path))
    for number in range(1, 4):
        write_pair(tmp_path / "carvana", f"IMG_{number:04}")
    (tmp_path / "carvana" / "train" / "._IMG_0001.jpg").write_bytes(b"left by a system")
    data = load_carvana("real")
    assert (len(data.train), len(data.test)) == (2, 1)


def test_names_go_with_their_photos(cars):
    write_pair(cars, "ef0_01", size=(100, 50))
    data = load_carvana("real", seed=3)
    for part, names in ((data.train, data.train_names), (data.test, data.test_names)):
        for (image, _), name in zip(part, read_names(names), strict=True):
            assert (image.shape[1] == 100) == (name == "ef0_01")


@pytest.mark.parametrize("where", ["data/carvana", "notebooks/data/carvana"])
def test_photos_are_found_from_a_notebook(nothing_here, where):
    for name in ("a_01", "b_01"):
        write_pair(nothing_here / where, name)
    assert str(nothing_here / where) in load_carvana().source


def test_no_car_is_in_both_parts_whatever_the_order():
    names = [f"car{car}_{view:02}" for car in range(20) for view in range(1, 17)]
    train, test = split_by_subject(names, 0.2, seed=1)
    assert sorted(train + test) == sorted(names) and len(test) == 4 * 16
    assert not {name[:-3] for name in train} & {name[:-3] for name in test}
    assert split_by_subject(names[::-1], 0.2, seed=1) == (train, test)
    assert set(split_by_subject(names, 0.2, seed=2)[1]) != set(test)


@pytest.mark.parametrize("share", [0, 1, -0.2])
def test_a_share_that_leaves_a_part_empty_is_refused(share):
    with pytest.raises(ValueError, match="expected more than 0 and less than 1"):
        load_carvana("sample", test_share=share)


def test_one_car_cannot_be_split():
    with pytest.raises(ValueError, match="2 photos show 1 subjects, expected two or more"):
        split_by_subject(["a_01", "a_02"])


# The drawn sample


def test_the_sample_draws_cars(capsys):
    data = load_carvana("sample", image_size=(40, 90), sample_size=5)
    assert (len(data.train), len(data.test), capsys.readouterr().out) == (4, 1, "")
    for image, mask in data.train.concatenate(data.test):
        assert (image.dtype, mask.dtype) == (tf.uint8, tf.uint8)
        assert (image.shape, mask.shape) == ((60, 90, 3), (60, 90, 1))
        assert set(np.unique(mask)) == {0, 1}
    names = read_names(data.train_names) + read_names(data.test_names)
    assert sorted(names) == [f"drawn000{number}_01" for number in range(5)]
    assert len({image.numpy().tobytes() for image, _ in data.train.concatenate(data.test)}) == 5


def test_without_photos_the_sample_is_drawn_and_said_to_be(nothing_here, capsys):
    assert "drawn" in load_carvana(sample_size=2).source
    said = capsys.readouterr().out
    assert said.startswith("Drawn sample instead of Carvana's photos: ") and said.count("\n") == 1
    assert "pip install kagglehub" in said and "data/carvana" in said


def test_insisting_on_photos_fails_with_advice(nothing_here):
    with pytest.raises(ConnectionError, match=r"client is not installed.*data/carvana"):
        load_carvana("real")


def test_unknown_source_is_refused():
    with pytest.raises(ValueError, match='source is \'kaggle\'; use "auto", "real" or "sample"'):
        load_carvana("kaggle")


# Bad files


def test_bad_pairs_are_named_in_one_line_and_left_out(cars, capsys):
    (cars / "train_masks" / "af0_01_mask.gif").unlink()
    write_pair(cars, "af0_02", mask_size=(45, 30))
    photo = cars / "train" / "bf0_01.jpg"
    photo.write_bytes(photo.read_bytes()[:-200])
    mask = cars / "train_masks" / "bf0_02_mask.gif"
    mask.write_bytes(mask.read_bytes()[:-40])
    (cars / "train" / "bf0_03.jpg").write_bytes(b"")
    Image.new("RGB", (90, 60)).save(cars / "train" / "cf0_01.jpg", format="PNG")
    data = load_carvana("real")
    said = capsys.readouterr().out
    assert said.startswith("Left out 6 of 12 photos in") and said.count("\n") == 1
    for words in (
        "af0_01_mask.gif is missing",
        "af0_02.jpg is 90x60, but its mask is 45x30",
        "bf0_01.jpg (",
        "; ...",
    ):
        assert words in said
    good = {"af0_03", "cf0_02", "cf0_03", "df0_01", "df0_02", "df0_03"}
    assert {*read_names(data.train_names), *read_names(data.test_names)} == good
    assert len(list(data.train)) + len(list(data.test)) == 6


def test_bytes_after_the_end_do_no_harm(cars, capsys):
    for path in (cars / "train" / "af0_01.jpg", cars / "train_masks" / "af0_01_mask.gif"):
        path.write_bytes(path.read_bytes() + b"written by a camera")
    assert len(find_pairs(cars / "train", cars / "train_masks")) == 12
    assert capsys.readouterr().out == ""


def test_a_folder_without_a_good_pair_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("UNETLAB_DATA", str(tmp_path))
    write_pair(tmp_path / "carvana", "a_01", mask_size=(9, 6))
    for source in ("auto", "real"):
        with pytest.raises(ValueError, match=r"1 photos without a good mask \(a_01.jpg is 90x60"):
            load_carvana(source)
    (tmp_path / "carvana" / "train" / "a_01.jpg").unlink()
    with pytest.raises(ValueError, match="holds no photo, expected"):
        load_carvana()


# Kaggle


def answer_with(status):
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError("refused", response=response)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (answer_with(401), "HTTP 401.*new one"),
        (answer_with(403), "HTTP 403.*accept the rules.*/c/cars/rules"),
        (OSError("disk full\nmore"), r"broke off \(disk full\)"),
        (TimeoutError(), r"broke off \(TimeoutError\)"),
    ],
)
def test_failures_of_a_download_are_explained(error, words):
    assert re.search(words, explain(error, "cars"))


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
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("train/a_01.jpg", b"photo")

    class Server(http.server.BaseHTTPRequestHandler):
        status = 200

        def do_POST(self):
            self.send_response(self.status)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(packed.getvalue())))
            self.end_headers()
            self.wfile.write(packed.getvalue())

    server = http.server.ThreadingHTTPServer(("localhost", 0), Server)
    Server.address = f"http://localhost:{server.server_port}"
    endpoints = kaggle_env._env_to_endpoint
    monkeypatch.setitem(endpoints, kaggle_env.KaggleEnv.TEST, Server.address)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Server
    server.shutdown()
    server.server_close()


def download(folder, kaggle):
    download_competition("cars", ("train.zip",), folder, server=f"{kaggle.address}/")


def test_the_client_without_a_key_is_explained(kaggle, tmp_path):
    with pytest.raises(ConnectionError, match=r"no key.*~/.kaggle/kaggle.json.*KAGGLE_KEY"):
        download(tmp_path, kaggle)


def test_rules_not_accepted_are_explained(kaggle, tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "someone")
    monkeypatch.setenv("KAGGLE_KEY", "key")
    kaggle.status = 403
    with pytest.raises(ConnectionError, match=r"HTTP 403.*accept the rules.*/c/cars/rules"):
        download(tmp_path, kaggle)
    assert not (tmp_path / "train").exists()


def test_the_client_downloads_and_unpacks(kaggle, tmp_path, monkeypatch):
    monkeypatch.setenv("KAGGLE_USERNAME", "someone")
    monkeypatch.setenv("KAGGLE_KEY", "key")
    download(tmp_path / "here", kaggle)
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["train"]
    assert (tmp_path / "here" / "train" / "a_01.jpg").read_bytes() == b"photo"
    kaggle.status = 500
    download(tmp_path / "here", kaggle)  # What is here is not asked for again.


# Real photos


def test_real_photos_keep_the_contract(shared_data):
    data = load_carvana("real", image_size=224)
    assert len(data.train) + len(data.test) == 151
    assert 0.19 < len(data.test) / 151 < 0.21
    train, test = ({name[:-3] for name in read_names(part)} for part in data[2:4])
    assert not train & test and len(train | test) == 151
    shares = []
    for image, mask in data.train.concatenate(data.test):
        assert image.dtype == mask.dtype == tf.uint8
        assert image.shape[:2] == mask.shape[:2] and min(image.shape[:2]) >= 224
        mask = mask.numpy()
        assert set(np.unique(mask)) == {0, 1}
        shares.append(mask.mean())
    assert 0.05 < np.mean(shares) < 0.5  # The car is 1, and the background around it 0.
