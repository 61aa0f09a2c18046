"""A submission through kills, a full disk, a second writer: nothing lost, nothing doubled."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_submission import brightness_model, make_folder, read_rows

from unetlab.submission.submission import append_rows, write_submission
from unetlab.submission.writing import only_writer

COUNT, KILLS = 60, 20

# TensorFlow is imported once; what is killed are forks of this process, which has used none of it.
PROGRAM = """
import json, os, random, resource, signal, sys, time
sys.path.insert(0, sys.argv[1])
from test_submission import np, Path
from unetlab.submission.submission import write_submission

class Bright:
    input_shape, output_shape = (None, 32, 32, 3), (None, 32, 32, 1)

    def predict_on_batch(self, images):
        time.sleep(0.03)
        return np.mean(images, axis=-1, keepdims=True) - 110

def fork(path, most_bytes=resource.RLIM_INFINITY):
    child = os.fork()
    if child:
        return child
    # Python ignores the signal, so that a write beyond the limit fails, as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    status = 0
    try:
        write_submission(Bright(), place / "photos", path, batch_size=2)
    except (OSError, RuntimeError) as error:
        path.with_suffix(".said").write_text(str(error)[: most_bytes - 1] or "?")
        status = 3
    os._exit(status)

def ends(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def has_ended(child):
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)

def size(path):
    return path.stat().st_size if path.exists() else 0

def kill_at_random(path, moments):
    wanted, child = size(path) + moments.randint(0, 60), fork(path)
    while size(path) <= wanted and not has_ended(child):
        time.sleep(0.001)
    time.sleep(moments.uniform(0, 0.04))
    os.kill(child, signal.SIGKILL)
    return ends(child), path.read_bytes().count(b"\\n")

place, moments = Path(sys.argv[2]), random.Random(0)
told = {"whole": ends(fork(place / "whole.csv"))}
told["kills"] = [kill_at_random(place / "killed.csv", moments) for _ in range(int(sys.argv[3]))]
told["last"] = ends(fork(place / "killed.csv"))
told["full"] = [ends(fork(place / "full.csv", most)) for most in (5, 300, 301, 302, 1000)]
told["free"] = ends(fork(place / "full.csv"))
first = fork(place / "two.csv")
while not size(place / "two.csv"):
    time.sleep(0.001)
told["second"] = ends(fork(place / "two.csv"))
told["first"] = ends(first)
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return the folder in which the program above wrote its files."""
    place = tmp_path_factory.mktemp("faults")
    make_folder(place / "photos", COUNT)
    return place


@pytest.fixture(scope="module")
def told(place):
    """Run the program above, and return what it tells."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    arguments = map(str, (Path(__file__).parent, place, KILLS))
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout.splitlines()[-1])
    assert told["whole"] == 0 and len(read_rows(place / "whole.csv")) == COUNT
    return told


def test_twenty_kills_lose_nothing_and_double_nothing(told, place):
    assert [code for code, _ in told["kills"]] == [-signal.SIGKILL] * KILLS
    rows = [count for _, count in told["kills"]]
    assert rows == sorted(rows) and len(set(rows)) >= KILLS // 2  # each went on, none began anew
    assert told["last"] == 0
    assert (place / "killed.csv").read_bytes() == (place / "whole.csv").read_bytes()
    assert not [*place.glob("killed.csv.*")]


def test_a_full_disk_is_said_and_gone_on_from(told, place):
    assert told["full"] == [3] * 5 and told["free"] == 0
    sentence = (place / "full.said").read_text()
    assert sentence.startswith(f"{place / 'full.csv'} cannot be written (File too large): free")
    assert (place / "full.csv").read_bytes() == (place / "whole.csv").read_bytes()


def test_a_second_writer_is_refused_and_the_first_undisturbed(told, place):
    assert (told["second"], told["first"]) == (3, 0)
    sentence = (place / "two.said").read_text()
    assert sentence.startswith(f"{place / 'two.csv'} is being written by another process, expected")
    assert (place / "two.csv").read_bytes() == (place / "whole.csv").read_bytes()


def test_another_call_in_this_process_is_refused_until_the_first_ends(tmp_path):
    path = tmp_path / "rows.csv"
    folder = make_folder(tmp_path / "photos", 2)
    with only_writer(path), pytest.raises(RuntimeError, match="is being written by another"):
        write_submission(brightness_model(), folder, path)
    assert not path.exists()
    (tmp_path / "rows.csv.lock").write_text("left behind by a writer that was killed")
    write_submission(brightness_model(), folder, path)
    assert len(read_rows(path)) == 2 and not (tmp_path / "rows.csv.lock").exists()


def test_where_nothing_can_be_written_it_is_said(tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be")
    paths = list(make_folder(tmp_path / "photos", 1).iterdir())
    for folder, reason in (("file", "Not a directory"), ("missing", "No such file or directory")):
        with pytest.raises(OSError, match=rf"rows\.csv cannot be written \({reason}\): free some"):
            write_submission(brightness_model(), paths, tmp_path / folder / "rows.csv")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk always full")
def test_a_disk_that_is_always_full():
    with pytest.raises(OSError, match=r"/dev/full cannot be written \(No space left on device\)"):
        append_rows("/dev/full", ["a,1 1"])
