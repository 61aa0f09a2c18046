"""What every `load_*` returns, and what it does where there are no photos."""

import sys
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from loaded import names_by_part
from unetlab.data import articles, load_carvana, load_cats, load_chairs, load_pets
from unetlab.data.pets import PETS_CLASSES


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """Work in an empty folder, with no photos, no Kaggle and no GitHub."""
    monkeypatch.delenv("UNETLAB_DATA", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    monkeypatch.setattr(articles, "CATS_URL", (tmp_path / "cats.zip").as_uri())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_names_stay_with_their_examples_in_a_shuffle():
    data = load_pets("sample", sample_size=(6, 2))
    assert data.class_names == PETS_CLASSES == ("pet", "background", "border")
    pairs = zip(data.train_names.as_numpy_iterator(), data.train.as_numpy_iterator(), strict=True)
    images = {name: image for name, (image, _) in pairs}
    shuffled = [*data.with_names().shuffle(6, seed=1).as_numpy_iterator()]
    assert [name for *_, name in shuffled] != list(images) and len(shuffled) == 6
    for image, mask, name in shuffled:
        assert (image == images[name]).all() and mask.shape == (*image.shape[:2], 1)
        assert set(np.unique(mask)) == {0, 1, 2}
    for image, _ in data.test.as_numpy_iterator():
        assert not any(np.array_equal(image, learned) for learned in images.values())


@pytest.mark.parametrize("load", [load_carvana, load_chairs, load_cats])
def test_without_photos_a_sample_is_drawn_and_said_to_be(load, nowhere, capsys):
    assert "drawn" in load(sample_size=3).source
    said = capsys.readouterr().out
    assert said.startswith("Drawn sample instead of ") and said.count("\n") == 1
    with pytest.raises(OSError, match=r"To get .*(UNETLAB_DATA|pip install kagglehub)"):
        load("real")


def test_an_unknown_source_is_refused():
    with pytest.raises(ValueError, match='source is \'sampel\'; use "auto", "real" or "sample"'):
        load_pets("sampel")


def pack_cats(folder, count):
    """Pack photos and masks as GitHub packs the repository."""
    with zipfile.ZipFile(folder / "cats.zip", "w") as archive:
        for number in range(count):
            for name, grey in (("input/cat", 90), ("mask/mask_cat", 255)):
                path = f"Cat-Segmentation-main/Data/Train_Data/{name}.{number}.jpg"
                with archive.open(path, "w") as file:
                    half = np.zeros([10, 12], np.uint8)
                    half[:, 6:] = grey
                    Image.fromarray(half).save(file, "jpeg")


def test_cats_are_fetched_once(nowhere, capsys):
    pack_cats(nowhere, 81)
    data = load_cats()
    assert (len(data.train), len(data.test)) == (54, 27)
    assert capsys.readouterr().out.startswith("Fetching the photos of cats into ")
    assert sorted(path.name for path in nowhere.glob("data/*")) == ["cats"]
    (nowhere / "cats.zip").unlink()
    again = load_cats("real")
    assert "Fetching" not in capsys.readouterr().out
    assert names_by_part(again) == names_by_part(data)


def test_an_archive_that_is_not_whole_is_refused(nowhere, capsys):
    pack_cats(nowhere, 81)
    archive = nowhere / "cats.zip"
    archive.write_bytes(archive.read_bytes()[:5000])
    assert "drawn" in load_cats(sample_size=3).source
    assert "the download from" in capsys.readouterr().out
    with pytest.raises(ConnectionError, match="failed"):
        load_cats("real")
    assert not list(nowhere.glob("data/*"))


def test_cats_among_the_pets_take_their_place(nowhere, monkeypatch, capsys):
    names = ["Bengal_1", "boxer_2", "Bengal_3", "Birman_4", "beagle_5"]
    pets = load_pets("sample", sample_size=(2, 5))
    pets = pets._replace(test_names=tf.data.Dataset.from_tensor_slices(names))
    monkeypatch.setattr(articles, "load_pets", lambda source: pets)
    monkeypatch.setattr(articles, "find_pets", lambda: True)
    with pytest.raises(ConnectionError):
        load_cats("real")
    data = load_cats(seed=2)
    assert capsys.readouterr().out.startswith("Cats among the pets instead of the photos of cats")
    assert (len(data.train), len(data.test)) == (2, 1)
    taken = {
        name.decode(): (image, mask)
        for part in ("train", "test")
        for image, mask, name in data.with_names(part).as_numpy_iterator()
    }
    assert sorted(taken) == ["Bengal_1", "Bengal_3", "Birman_4"]
    for image, trimap, name in pets.with_names("test").as_numpy_iterator():
        if name.decode() in taken:
            found, mask = taken[name.decode()]
            assert (found == image).all() and mask.shape == trimap.shape
            assert (mask[trimap == 0] == 1).all() and (mask[trimap == 1] == 0).all()
            assert 0.2 < mask[trimap == 2].mean() < 0.8


def test_real_pets_keep_the_contract(shared_data, capsys):
    data = load_pets()
    assert "Oxford-IIIT pets in" in data.source and capsys.readouterr().out == ""
    assert len(data.train) > len(data.test) > 0
    names = list(data.test_names.as_numpy_iterator())
    assert len(names) == len(set(names)) == len(data.test)
    corners, centres = [], []
    for image, mask in data.train.take(100):
        assert (image.dtype, mask.dtype) == (tf.uint8, tf.uint8)
        assert image.shape[:2] == mask.shape[:2]
        mask = mask.numpy()[..., 0]
        assert mask.max() <= 2
        corners += [mask[0, 0], mask[0, -1], mask[-1, 0], mask[-1, -1]]
        centres.append(mask[mask.shape[0] // 2, mask.shape[1] // 2])
    # What the names claim: photos are centred on the pet, and their corners are background.
    assert PETS_CLASSES[np.bincount(corners).argmax()] == "background"
    assert PETS_CLASSES[np.bincount(centres).argmax()] == "pet"
