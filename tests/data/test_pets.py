"""The pets: the same contract from the drawn sample and from the real photos."""

import numpy as np
import tensorflow as tf

from unetlab.data.pets import PETS_CLASSES, load_pets


def test_the_sample_keeps_the_contract_and_tests_on_other_scenes():
    data = load_pets("sample", sample_size=(5, 3))
    assert (len(data.train), len(data.test)) == (5, 3)
    assert data.class_names == PETS_CLASSES == ("pet", "background", "border")
    for image, mask in data.train.concatenate(data.test):
        assert (image.dtype, mask.dtype) == (tf.uint8, tf.uint8)
        assert image.shape[:2] == mask.shape[:2]
        assert set(np.unique(mask)) == {0, 1, 2}
    names = [*data.train_names.as_numpy_iterator(), *data.test_names.as_numpy_iterator()]
    assert len(set(names)) == 8
    train, test = (
        {image.numpy().tobytes() for image, _ in part} for part in (data.train, data.test)
    )
    assert not train & test


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
