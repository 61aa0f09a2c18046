"""CSV files that are gone on with after a kill."""

import gzip

import pytest

from unetlab.submission.submission import append_rows, resume_rows

HEADER, NAMES = "name,number", ["a", "b", "c", "d"]
ROWS = [f"{name},{i} {i}" for i, name in enumerate(NAMES)]
TEXT = "".join(f"{row}\n" for row in [HEADER, *ROWS])


def read(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_a_file_cut_at_any_byte_ends_up_the_same(tmp_path, name):
    path = tmp_path / name
    assert resume_rows(path, HEADER, NAMES) == 0
    header_size = path.stat().st_size
    append_rows(path, ROWS[:2])
    append_rows(path, ROWS[2:3])
    append_rows(path, ROWS[3:])
    whole = path.read_bytes()
    assert read(path) == TEXT
    counts = set()
    for size in range(header_size, len(whole) + 1):
        path.write_bytes(whole[:size])
        count = resume_rows(path, HEADER, NAMES)
        assert read(path) == "".join(f"{row}\n" for row in [HEADER, *ROWS[:count]])
        append_rows(path, ROWS[count:])
        assert read(path) == TEXT
        counts.add(count)
    assert counts == ({0, 2, 3, 4} if name.endswith(".gz") else {0, 1, 2, 3, 4})
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_damaged_ends_are_cut_off(tmp_path, name):
    path = tmp_path / name
    resume_rows(path, HEADER, NAMES)
    append_rows(path, ROWS[:2])
    good = path.read_bytes()
    path.write_bytes(good + b"\0" * 100)  # what some file systems leave after a power cut
    assert resume_rows(path, HEADER, NAMES) == 2
    assert path.read_bytes() == good


def test_one_gzip_member_by_another_program_and_an_empty_file_will_do(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\r\n{ROWS[0]}\r\n{ROWS[1]}\r\n".encode()))
    assert resume_rows(path, HEADER, NAMES) == 2
    path.write_bytes(b"")
    assert resume_rows(path, HEADER, NAMES) == 0
    assert read(path) == f"{HEADER}\n"


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("other,header\na,0 0\n", r"wrong CSV .* row 0 begins 'other,header', expected 'name,num"),
        ("name,number\na,0 0\nx,1 1\nb,1 1\n", "row 2 begins 'x', expected 'b': give the photos"),
        ("name,number\nb,1 1\na,0 0\n", "row 1 begins 'b', expected 'a'"),
        (TEXT + "e,4 4\n", "row 5 begins 'e', expected 'no more rows'"),
        (TEXT + TEXT, "row 5 begins 'name', expected 'no more rows'"),
        ("name,num", "row 0 begins '', expected 'name,number'"),
    ],
)
def test_a_wrong_csv_is_refused_and_left_alone(tmp_path, name, text, message):
    path = tmp_path / name
    data = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
    if not text.endswith("\n"):
        data = data[:-4]
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message):
        resume_rows(path, HEADER, NAMES)
    assert path.read_bytes() == data


def test_a_plain_file_named_gz_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "rows.csv.gz"
    path.write_text(TEXT)
    with pytest.raises(ValueError, match="the wrong CSV to go on with"):
        resume_rows(path, HEADER, NAMES)
    assert path.read_text() == TEXT
