"""A real JupyterLab or Voila for the browser tests: started, found, and stopped again."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
# JupyterLab saves what it runs: the notebooks are copied, so that none gets outputs.
WORKPLACE = ROOT / "build/browser"
# Cells out of sight stay on the page, so that a test finds them without scrolling.
SHOW_ALL_CELLS = {"windowingMode": "none"}


def free_port():
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(workplace, *command, knock="/", settings=None):
    """Start a server on a free port of this machine, and yield its address.

    It is up when there is an answer where one knocks, whatever it says.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        lab_settings = Path(home) / "settings/@jupyterlab/notebook-extension"
        lab_settings.mkdir(parents=True)
        (lab_settings / "tracker.jupyterlab-settings").write_text(json.dumps(SHOW_ALL_CELLS))
        environment = {
            **os.environ,
            **(settings or {}),
            "UNETLAB_SHORT_RUN": "1",
            "JUPYTERLAB_SETTINGS_DIR": str(Path(home) / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(Path(home) / "workspaces"),
            "JUPYTER_CONFIG_DIR": str(Path(home) / "config"),
        }
        log = Path(home) / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, *(part.format(port=port) for part in command)],
                cwd=workplace,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}{knock}", process, log)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(address, process, log):
    """Wait until the server answers; fail with its log if it ends or stays silent."""
    for _ in range(240):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise RuntimeError(f"No answer from {address}:\n{log.read_text()[-2000:]}")


def serve_lab():
    """Serve JupyterLab for this project, open to this machine only."""
    (WORKPLACE / "notebooks").mkdir(parents=True, exist_ok=True)
    for notebook in ROOT.glob("notebooks/*.ipynb"):
        shutil.copy(notebook, WORKPLACE / "notebooks")
    return serve(
        WORKPLACE,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--port={port}",
        "--ip=127.0.0.1",
        "--IdentityProvider.token=",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    )


def serve_app(workplace):
    """Serve the studio as a page of its own, as `make app` does, in a folder of nothing else."""
    # As deep as in the project, since the page looks for `build` two folders up.
    room = workplace / "rooms/photo"
    room.mkdir(parents=True)
    for name in ("app.ipynb", "voila.json"):
        shutil.copy(ROOT / "unetlab/photo" / name, room)
    return serve_voila(room)


def serve_label_page(folder, class_names):
    """Serve the labeller as a page of its own, as `make label` does."""
    settings = {"UNETLAB_PHOTOS": str(folder), "UNETLAB_CLASSES": ",".join(class_names)}
    return serve_voila(ROOT / "unetlab/label", settings)


def serve_voila(room, settings=None):
    """Serve a room's `app.ipynb`."""
    command = ("-m", "voila", "app.ipynb", "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1")
    # Knocking at the page itself would start a process that holds a folder, and nobody sees it.
    return serve(room, *command, knock="/api/status", settings=settings)
