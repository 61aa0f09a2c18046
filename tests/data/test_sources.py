"""What every `load_*` returns, and what it does where there are no photos."""

import sys

import pytest

from unetlab.data import load_carvana, load_cats, load_chairs, load_pets


def test_names_stay_with_their_examples_in_a_shuffle():
    data = load_pets("sample", sample_size=(6, 2))
    assert data.num_classes == 3
    pairs = zip(data.train_names.as_numpy_iterator(), data.train.as_numpy_iterator(), strict=True)
    images = {name: image for name, (image, _) in pairs}
    shuffled = [*data.with_names().shuffle(6, seed=1).as_numpy_iterator()]
    assert [name for *_, name in shuffled] != list(images) and len(shuffled) == 6
    for image, mask, name in shuffled:
        assert (image == images[name]).all() and mask.shape == (*image.shape[:2], 1)


@pytest.mark.parametrize("load", [load_carvana, load_chairs, load_cats])
def test_without_photos_a_sample_is_drawn_and_said_to_be(load, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("UNETLAB_DATA", raising=False)
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    monkeypatch.chdir(tmp_path)
    assert "drawn" in load(sample_size=3).source
    said = capsys.readouterr().out
    assert said.startswith("Drawn sample instead of ") and said.count("\n") == 1
    with pytest.raises(OSError, match=r"To get .*(UNETLAB_DATA|pip install kagglehub)"):
        load("real")


def test_an_unknown_source_is_refused():
    with pytest.raises(ValueError, match='source is \'sampel\'; use "auto", "real" or "sample"'):
        load_pets("sampel")
