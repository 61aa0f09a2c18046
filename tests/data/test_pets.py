"""The pets: the same contract from the drawn sample and from the real photos."""

import sys
from types import ModuleType

import numpy as np
import pytest
import tensorflow as tf

from unetlab.data.pets import PETS_CLASSES, load_pets


def test_sample_keeps_the_contract_at_any_size():
    data = load_pets("sample", sample_size=(4, 3))
    assert (len(data.train), len(data.test)) == (4, 3)
    assert data.class_names == ("pet", "background", "border")
    assert "drawn" in data.source
    for image, mask in data.train.concatenate(data.test):
        assert (image.dtype, mask.dtype) == (tf.uint8, tf.uint8)
        assert image.shape[:2] == mask.shape[:2]
        assert set(np.unique(mask)) == {0, 1, 2}
    names = [*data.train_names.as_numpy_iterator(), *data.test_names.as_numpy_iterator()]
    assert len(set(names)) == 7


def test_no_test_scene_is_trained_on():
    data = load_pets("sample", sample_size=(5, 5))
    train, test = (
        {image.numpy().tobytes() for image, _ in part} for part in (data.train, data.test)
    )
    assert not train & test


@pytest.mark.parametrize("source", ["auto", "real"])
def test_a_tfds_that_could_not_be_imported_is_named(source, monkeypatch):
    # So it is left beside TensorFlow 2.19 by tensorflow-metadata 1.21.
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", ModuleType("tensorflow_datasets"))
    with pytest.raises(ImportError, match=r"pip install 'tensorflow-metadata<1\.18', or a newer"):
        load_pets(source)


def test_unknown_source_is_refused():
    with pytest.raises(ValueError, match='source is \'kaggle\'; use "auto", "real" or "sample"'):
        load_pets("kaggle")


def test_real_pets_keep_the_contract(shared_data):
    data = load_pets("real")
    assert len(data.train) > len(data.test) > 0
    assert data.class_names == PETS_CLASSES
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


def test_auto_takes_the_prepared_pets(shared_data, capsys):
    assert "Oxford-IIIT pets in" in load_pets().source
    assert capsys.readouterr().out == ""
