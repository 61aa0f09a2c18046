"""A submission through kills and a full disk: nothing lost, nothing doubled, memory bounded."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_submission import make_folder, read_rows, save_disc

pytestmark = pytest.mark.slow
COUNT, KILLS = 60, 5  # twenty were survived, too

# TensorFlow is imported once; what is killed are forks of this process, which has used none of it.
PROGRAM = """
import json, os, random, resource, signal, sys, time
from pathlib import Path
import numpy as np
from unetlab.submission import write_submission

class Bright:
    input_shape = (None, 32, 32, 3)

    def predict_on_batch(self, images):
        time.sleep(0.03)
        return np.mean(images, axis=-1, keepdims=True) - 110

def fork(path, most_bytes=resource.RLIM_INFINITY):
    child = os.fork()
    if child:
        return child
    # Python ignores the signal, so that a write beyond the limit fails, as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    try:
        write_submission(Bright(), place / "photos", path, batch_size=2)
    except OSError as error:
        os._exit(error.errno)
    os._exit(0)

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

place, moments = Path(sys.argv[1]), random.Random(0)
told = {"whole": ends(fork(place / "whole.csv"))}
told["kills"] = [kill_at_random(place / "killed.csv", moments) for _ in range(int(sys.argv[2]))]
told["last"] = ends(fork(place / "killed.csv"))
told["full"] = [ends(fork(place / "full.csv", most)) for most in (5, 301)]
told["free"] = ends(fork(place / "full.csv"))
print(json.dumps(told))
"""

PEAKS = """
import resource, sys
from pathlib import Path
from unetlab.submission import write_submission
sys.path.insert(0, sys.argv[1])
from test_submission import brightness_model

paths, model = sorted(Path(sys.argv[2], "photos").iterdir()), brightness_model()
for count in (40, len(paths)):
    write_submission(model, paths[:count], Path(sys.argv[2], f"rows{count}.csv"))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def run(program, *arguments):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", program, *map(str, arguments)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_kills_and_a_full_disk_lose_nothing_and_double_nothing(tmp_path):
    make_folder(tmp_path / "photos", COUNT)
    told = json.loads(run(PROGRAM, tmp_path, KILLS)[-1])
    whole = (tmp_path / "whole.csv").read_bytes()
    assert told["whole"] == 0 and len(read_rows(tmp_path / "whole.csv")) == COUNT
    assert [code for code, _ in told["kills"]] == [-signal.SIGKILL] * KILLS
    rows = [count for _, count in told["kills"]]
    assert rows == sorted(rows) and rows[-1] > rows[0]  # each went on, none began anew
    assert told["last"] == 0 and (tmp_path / "killed.csv").read_bytes() == whole
    assert all(told["full"]) and told["free"] == 0
    assert (tmp_path / "full.csv").read_bytes() == whole


def test_memory_does_not_grow_with_the_number_of_photos(tmp_path):
    pytest.importorskip("resource", reason="this system does not tell a program's peak of memory")
    (folder := tmp_path / "photos").mkdir()
    save_disc(folder / "car000.jpg", 800, 1200)
    for number in range(1, 200):
        os.link(folder / "car000.jpg", folder / f"car{number:03}.jpg")
    few, many = map(int, run(PEAKS, Path(__file__).parent, tmp_path))
    # Kept in memory, the logits of 160 photos alone would be 600 MB.
    assert many < 1.3 * few
    assert len(read_rows(tmp_path / "rows200.csv")) == 200
