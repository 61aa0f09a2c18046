"""A folder of photos becomes a folder of masks, whatever is broken among them."""

import keras
import numpy as np
import pytest
from PIL import Image

from unetlab.data import load_folder, load_image
from unetlab.photo import write_masks
from unetlab.prediction import predict_mask
from unetlab.submission import decode_run_length, write_submission

DISC = (250, 230, 190)  # its red, green and blue


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        image = np.full([40, 60, 3], 10, np.uint8)
        image[10:30, 15 : 30 + 5 * number] = DISC
        Image.fromarray(image).save(folder / f"{number}.jpg", quality=95)
    return folder


def brightness_model(channels=1):
    model = keras.Sequential([keras.Input([32, 32, 3]), keras.layers.Conv2D(channels, 1)])
    weights = np.zeros([1, 1, 3, channels])
    weights[..., -1] = 1 / 3
    model.set_weights([weights, np.array([0.0] * (channels - 1) + [-120.0])])
    return model


@pytest.mark.parametrize("channels", [1, 3])
def test_masks_can_be_seen_and_read_back(photos, tmp_path, channels):
    model, masks = brightness_model(channels), tmp_path / "masks"
    assert write_masks(model, photos, masks) == []
    names = ["background", "disc", "spot"][: max(2, channels)]
    data = load_folder(photos, masks, class_names=names, ids=range(len(names)), test_share=0)
    for image, mask in data.train.as_numpy_iterator():
        np.testing.assert_array_equal(mask, predict_mask(model, image))
    with Image.open(masks / "0.png") as shown:
        assert shown.mode == "P" and len(shown.convert("RGB").getcolors()) == 2


def test_alpha_and_cut_out_keep_the_photos_size(photos, tmp_path):
    for kind, mode in (("alpha", "L"), ("cut_out", "RGBA")):
        write_masks(brightness_model(), photos, tmp_path / kind, kind)
        with Image.open(tmp_path / kind / "2.png") as shown:
            assert shown.size == (60, 40) and shown.mode == mode
            picture = np.asarray(shown).reshape(40, 60, -1)
        assert picture[20, 25, -1] == 255 and picture[3, 3, -1] == 0
    assert np.abs(picture[20, 25, :3] - np.array(DISC)).max() < 8  # a JPEG's noise


def test_twelve_bits_are_read_as_they_were_to_learn_from(tmp_path):
    deep = np.uint16([[200] * 32 + [4000] * 32] * 32)
    Image.fromarray(deep).save(tmp_path / "a.png")
    write_masks(brightness_model(), [tmp_path / "a.png"], tmp_path / "masks", white=4095)
    write_submission(brightness_model(), [tmp_path / "a.png"], tmp_path / "rows.csv", white=4095)
    with Image.open(tmp_path / "masks/a.png") as mask:
        assert np.asarray(mask)[16, [4, 60]].tolist() == [0, 1]
    (_, row) = (tmp_path / "rows.csv").read_text().splitlines()
    assert decode_run_length(row.partition(",")[2], 32, 64)[16, [4, 60], 0].tolist() == [0, 1]


def test_a_bad_photo_is_reported_and_no_photo_is_lost(photos, tmp_path, capsys):
    (photos / "1.jpg").write_bytes(b"no photo")
    Image.fromarray(load_image(photos / "0.jpg")).save(photos / "0.png")
    before = (photos / "0.png").read_bytes()
    with pytest.raises(ValueError, match="would take its place"):
        write_masks(brightness_model(), photos, photos)
    assert (photos / "0.png").read_bytes() == before
    left_out = dict(write_masks(brightness_model(), photos, tmp_path / "masks"))
    assert "cannot be read" in left_out["1.jpg"] and "another photo's" in left_out["0.png"]
    assert sorted(path.name for path in (tmp_path / "masks").iterdir()) == ["0.png", "2.png"]
