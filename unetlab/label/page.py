"""The labeller as a page: Voila, which gives each tab a process of its own, of which one paints.

Run by `make label`, as a file and not as a part of unetlab, of which it needs nothing itself. What
it does not know it hands on to Voila: `python page.py FOLDER --no-browser`.
"""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

# A tab that is closed or loaded again says so, and its process ends and gives the folder back, for
# which voila.json has `disable_check_xsrf`. One whose browser crashed says nothing.
WITHOUT_A_TAB = 60  # Seconds after which its process ends, too.
VOILA = (
    f"--MappingKernelManager.cull_idle_timeout={WITHOUT_A_TAB}",
    "--MappingKernelManager.cull_interval=5",
)


def open_page(folder: Path, class_names: str, for_voila: list[str]) -> int:
    """Run Voila on a folder until it ends.

    Args:
        folder: the photos'.
        class_names: separated by commas, the background's first.
        for_voila: more of its options.

    Returns:
        Voila's exit code.
    """
    settings = {"UNETLAB_PHOTOS": str(folder.resolve()), "UNETLAB_CLASSES": class_names}
    command = [sys.executable, "-m", "voila", "app.ipynb", *VOILA, *for_voila]
    here = Path(__file__).parent
    with subprocess.Popen(command, cwd=here, env={**os.environ, **settings}) as voila:
        try:
            return voila.wait()
        except KeyboardInterrupt:
            return 130
        finally:
            voila.terminate()


def main() -> int:
    """Read the command line, and open the page."""
    parser = argparse.ArgumentParser(description="Label a folder's photos on a page without code.")
    parser.add_argument("folder", type=Path, help="the photos' folder")
    parser.add_argument(
        "--classes", default="background,subject", help="names, separated by commas"
    )
    options, others = parser.parse_known_args()
    if not options.folder.is_dir():
        parser.error(f"{options.folder} is no folder, expected one with photos: name it.")
    return open_page(options.folder, options.classes, others)


if __name__ == "__main__":
    # Ended from outside, it ends Voila, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
