"""The second look at a folder: quick, never wrong, and nothing lost when its record is."""

import json
import os
import zlib

import numpy as np
import pytest
from PIL import Image

from unetlab.data import folders, load_folder
from unetlab.data.records import MOST_RECORDS, Record, cache_folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "cache"))
    return tmp_path / "cache" / "unetlab" / "looks"


@pytest.fixture
def looks(monkeypatch):
    """The photos that were opened, and every set is one to be recorded."""
    opened, look = [], folders._look_at

    def count(photo, mask, read_mask):
        opened.append(photo.name)
        return look(photo, mask, read_mask)

    monkeypatch.setattr(folders, "_look_at", count)
    monkeypatch.setattr(folders, "RECORDED_FROM", 2)
    return opened


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        save(tmp_path, f"p{number}", 4)
    return tmp_path


def save(folder, name, columns, size=8):
    for part in ("images", "masks"):
        (folder / part).mkdir(exist_ok=True)
    mask = np.zeros([size, size], np.uint8)
    mask[:, :columns] = 255
    Image.fromarray(mask).save(folder / "masks" / f"{name}.png")
    Image.new("RGB", (size, size)).save(folder / "images" / f"{name}.png")


def load(folder, looks, capsys, **options):
    looks.clear()
    data = load_folder(folder / "images", folder / "masks", **options)
    names = [
        name for part in (data.train_names, data.test_names) for name in part.as_numpy_iterator()
    ]
    return sorted(looks), capsys.readouterr().out, names


def test_the_second_call_opens_nothing_and_says_the_same(folder, cache, looks, capsys):
    opened, said, names = load(folder, looks, capsys)
    assert len(opened) == 6 and len(list(cache.iterdir())) == 1
    assert load(folder, looks, capsys) == ([], said, names)
    assert not [
        path for path in folder.rglob("*") if path.suffix == ".json" and cache not in path.parents
    ]


def test_what_changed_came_or_went_is_seen(folder, cache, looks, capsys):
    load(folder, looks, capsys)
    path = folder / "masks" / "p0.png"
    state = path.stat()
    # Another mask of as many bytes, and its time set back.
    Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)
    if path.stat().st_size == state.st_size:
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    save(folder, "p1", 8)
    save(folder, "new", 2)
    (folder / "masks" / "p2.png").unlink()
    (folder / "images" / "p3.png").write_bytes(b"cut short")
    opened, said, names = load(folder, looks, capsys)
    assert opened == ["new.png", "p0.png", "p1.png", "p3.png"]
    assert len(names) == 5 and "p1.png holds nothing but subject" in said
    assert "p2.png: no mask" in said and "p3.png (9 bytes) cannot be read" in said
    # A fault is never taken from the record.
    assert load(folder, looks, capsys)[0] == ["p3.png"]


def test_another_reading_is_another_look(folder, cache, looks, capsys):
    load(folder, looks, capsys)
    opened, _, _ = load(folder, looks, capsys, ids=(255, 0))
    assert len(opened) == 6 and len(list(cache.iterdir())) == 2
    assert load(folder, looks, capsys, class_names=("subject", "background"))[0]


def test_a_file_more_for_a_class_is_another_look(folder, cache, looks, capsys):
    (folder / "masks" / "dog").mkdir()
    (folder / "masks" / "cat").mkdir()
    for path in list((folder / "masks").glob("*.png")):
        path.rename(folder / "masks" / "cat" / path.name)
    names = {"class_names": ("background", "cat", "dog")}
    assert len(load(folder, looks, capsys, **names)[0]) == 6
    assert not load(folder, looks, capsys, **names)[0]
    Image.new("L", (8, 8), 255).save(folder / "masks" / "dog" / "p4.png")
    opened, said, _ = load(folder, looks, capsys, **names)
    assert opened == ["p4.png"] and "p4 holds nothing but dog" in said


def signed(contents):
    packed = json.dumps(contents)
    return f"{zlib.crc32(packed.encode()):08x}\n{packed}".encode()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda held: held[:-20],
        lambda held: held.replace(b"32", b"33"),
        lambda held: b"",
        lambda held: b"\xff\xfe\x00",
        lambda held: signed([1, 2]),
        lambda held: signed(dict.fromkeys(json.loads(held.split(b"\n")[1]), "all is well")),
        lambda held: b"00000000\n" + b"[" * 100_000,
    ],
)
def test_a_damaged_record_is_passed_over(folder, cache, looks, capsys, spoil):
    _, said, names = load(folder, looks, capsys)
    (path,) = cache.iterdir()
    held = path.read_bytes()
    path.write_bytes(spoil(held))
    assert path.read_bytes() != held
    opened, *same = load(folder, looks, capsys)
    assert len(opened) == 6 and same == [said, names]
    assert not load(folder, looks, capsys)[0]


def test_a_cache_that_cannot_be_written_is_no_fault(folder, cache, looks, capsys):
    cache.parent.parent.write_text("a file, where a folder should be")
    for _ in range(2):
        assert len(load(folder, looks, capsys)[0]) == 6


def test_nothing_is_written_among_the_photos(folder, looks, capsys, monkeypatch):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder / "masks" / "cache"))
    load(folder, looks, capsys)
    assert not (folder / "masks" / "cache").exists()


def test_a_small_set_leaves_no_record(folder, cache):
    load_folder(folder / "images", folder / "masks")
    assert not cache.exists()


def test_the_oldest_records_are_forgotten(cache):
    for number in range(MOST_RECORDS + 5):
        record = Record(f"rule {number}", [])
        record.found = {"a": [[[1, 2, 3]], [4, 5], {"0": 20}]}
        record.save()
        os.utime(record.path, ns=(number, number))
    assert len(list(cache.iterdir())) == MOST_RECORDS
    assert Record(f"rule {MOST_RECORDS + 4}", []).known and not Record("rule 0", []).known


def test_a_path_that_is_not_absolute_is_no_cache(monkeypatch, tmp_path):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, "cache")
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "unetlab"
