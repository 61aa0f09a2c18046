"""The studio as a page: Voila, which gives each visitor a process of his own, beside one model.

Run by `make app`, as a file and not as a part of unetlab, of which it needs nothing itself. What it
does not know it hands on to Voila: `python page.py --visitors 16 --no-browser`.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread


def keep_model(address: str) -> None:
    """Start the model's process, and start it again whenever it ends.

    Args:
        address: where it listens.
    """
    command = [sys.executable, "-m", "unetlab.photo.shared_model", address]
    while True:
        # The pipe tells it when this process ends, by whatever cause.
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
            process.wait()
        time.sleep(1)  # No busy loop where it cannot even start.


def open_page(visitors: int, for_voila: list[str]) -> int:
    """Run Voila beside the model until it ends.

    Args:
        visitors: for how many the page is kept ready before they come.
        for_voila: more of its options.

    Returns:
        Voila's exit code.
    """
    # A visitor who leaves says so, and his process ends, for which voila.json has
    # `disable_check_xsrf`: Voila refuses its own pages' word otherwise, and memory grows.
    command = [sys.executable, "-m", "voila", "app.ipynb", *for_voila]
    command += ["--preheat_kernel=True", f"--pool_size={visitors}"]
    with tempfile.TemporaryDirectory(prefix="unetlab-") as folder:  # which only this user may enter
        address = str(Path(folder) / "model")
        Thread(target=keep_model, args=[address], daemon=True).start()
        voila = subprocess.Popen(command, env={**os.environ, "UNETLAB_SHARED_MODEL": address})
        try:
            return voila.wait()
        except KeyboardInterrupt:
            return 130
        finally:
            voila.terminate()
            voila.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Open the studio as a page without code.")
    parser.add_argument("--visitors", type=int, default=16, help="pages kept ready (16)")
    options, others = parser.parse_known_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `finally` is reached
    sys.exit(open_page(options.visitors, others))
