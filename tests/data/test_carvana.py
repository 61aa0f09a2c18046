"""Car photos: split by car, bad pairs named, and downloaded once with Kaggle's client."""

import sys
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from loaded import names_by_part
from unetlab.data.carvana import CARVANA_CLASSES, download, load_carvana
from unetlab.data.masks import load_mask
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
    return photo, mask


@pytest.fixture
def cars(tmp_path, monkeypatch):
    """A folder `carvana` of four cars with three photos each, where `load_carvana` looks first."""
    for car in "abcd":
        for view in (1, 2, 3):
            write_pair(tmp_path / "carvana", f"{car}f0_{view:02}")
    monkeypatch.setenv("UNETLAB_DATA", str(tmp_path))
    return tmp_path / "carvana"


@pytest.mark.parametrize("palette", [(0, 0, 0, 255, 255, 255), (255, 255, 255, 0, 0, 0)])
def test_the_bright_colour_of_the_mask_is_the_car(tmp_path, palette):
    _, path = write_pair(tmp_path, "a_01", (91, 67), palette=palette)
    frames = tf.io.decode_gif(tf.io.read_file(str(path)))
    np.testing.assert_array_equal(load_mask(path), frames[0, ..., :1] > 127)


def test_photos_are_found_split_by_car_and_feed_the_pipeline(cars, capsys):
    data = load_carvana(image_size=16, test_share=0.25)
    assert data.class_names == CARVANA_CLASSES == ("background", "car")
    assert str(cars) in data.source and capsys.readouterr().out == ""
    train, test = names_by_part(data).values()
    assert (len(train), len(test)) == (9, 3)
    assert not {name[0] for name in train} & {name[0] for name in test}
    image, mask = next(iter(prepare_batches(data.train, 16, 9, num_classes=2)))
    assert (image.shape, mask.shape) == ((9, 16, 16, 3), (9, 16, 16, 1))
    assert np.mean((image[..., :1] > 127) == (mask > 0)) > 0.95


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
    (cars / "train_masks" / "bf0_02_mask.gif").write_bytes(b"no image")
    (cars / "train" / "._af0_01.jpg").write_bytes(b"left by a system")
    data = load_carvana("real")
    said = capsys.readouterr().out
    assert said.startswith("Left out 3: ") and said.count("\n") == 1
    assert "af0_01.jpg: no mask" in said and "bf0_02_mask.gif" in said
    assert "af0_02.jpg is 90x60, but its mask is 45x30" in said
    assert sum(map(len, names_by_part(data).values())) == 9


def test_real_photos_keep_the_contract(shared_data):
    data = load_carvana("real", image_size=224)
    train, test = ({name[:-3] for name in part} for part in names_by_part(data).values())
    assert not train & test and len(train | test) == 151 and len(test) == 30
    shares = []
    for image, mask in data.train.concatenate(data.test):
        assert image.dtype == mask.dtype == tf.uint8
        assert image.shape[:2] == mask.shape[:2] and min(image.shape[:2]) >= 224
        mask = mask.numpy()
        assert set(np.unique(mask)) == {0, 1}
        shares.append(mask.mean())
    assert 0.05 < np.mean(shares) < 0.5  # The car is 1, and the background around it 0.


def test_the_archives_are_downloaded_and_unpacked_once(tmp_path, monkeypatch):
    def competition_download(competition, path):
        with zipfile.ZipFile(tmp_path / path, "w") as archive:
            archive.writestr(f"{path.removesuffix('.zip')}/a_01.jpg", b"photo")
        return str(tmp_path / path)

    client = SimpleNamespace(competition_download=competition_download)
    monkeypatch.setitem(sys.modules, "kagglehub", client)
    download(tmp_path / "here")
    assert {path.name for path in (tmp_path / "here").iterdir()} == {"train", "train_masks"}
    assert (tmp_path / "here/train/a_01.jpg").read_bytes() == b"photo"
    client.competition_download = None
    download(tmp_path / "here")  # What is here is not asked for again.
    with pytest.raises(ConnectionError, match="Kaggle's client failed"):
        download(tmp_path / "elsewhere")
