"""One labeller a folder: a file says which process holds it, and gives way when that is dead."""

import contextlib
import json
import os
import platform
import secrets
import time
import weakref
from pathlib import Path

LOCK_FILE = ".labelling"  # Hidden, so that nobody takes it for a mask.
GRACE = 10  # Seconds within which whoever has made the file must have written it.


class FolderLock:
    """Hold a folder against a second labeller, which would overwrite the first one's masks.

    The same process may take it again, as when a notebook's cell is run anew; then the one that
    held it before finds that it has it no longer.

    Args:
        folder: the folder to hold; it exists.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     first, second = FolderLock(folder), FolderLock(folder)
        ...     first.take()
        ...     second.take()
        ...     first.is_held(), second.is_held()
        (False, True)
    """

    def __init__(self, folder: str | Path):
        self.path = Path(folder) / LOCK_FILE
        pid = os.getpid()
        holder = {"pid": pid, "host": platform.node(), "started": _started(pid)}
        self._text = json.dumps({**holder, "token": secrets.token_hex(8)})
        # At the program's end, too, if nobody releases it before.
        self._release = weakref.finalize(self, _remove, self.path, self._text, pid)

    def take(self, patience: float = 0.0) -> None:
        """Take the folder, or say who has it.

        Args:
            patience: seconds to wait for it; a page that is loaded again follows itself closely.

        Raises:
            BlockingIOError: another process has it, and lives.
            OSError: the file cannot be written.
        """
        end = time.monotonic() + patience
        while not self._try():
            if time.monotonic() >= end:
                holder = _read(self.path)
                raise BlockingIOError(
                    f"{self.path.parent.parent} is being labelled elsewhere already, by process "
                    f"{holder.get('pid', '?')} on {holder.get('host', '?')}: go on there, or close "
                    f"it; if it runs no more, delete {self.path}."
                )
            time.sleep(0.1)

    def is_held(self) -> bool:
        """Tell whether the folder is still held by this lock."""
        try:
            return self.path.read_text() == self._text
        except OSError:
            return False

    def release(self) -> None:
        """Give the folder back; a lock that another has taken over stays."""
        self._release()

    def _try(self) -> bool:
        try:
            with self.path.open("x") as file:
                file.write(self._text)
            return True
        except FileExistsError:
            pass
        if not self.is_held():
            if _is_alive(self.path):
                return False
            beside = self.path.with_name(f"{LOCK_FILE}.{secrets.token_hex(4)}")
            beside.write_text(self._text)
            os.replace(beside, self.path)
        # Of two that find a dead one's file at once, the last to replace it has the folder.
        return self.is_held()


def _remove(path: Path, text: str, pid: int) -> None:
    with contextlib.suppress(OSError):
        if os.getpid() == pid and path.read_text() == text:
            path.unlink()


def _read(path: Path) -> dict:
    try:
        holder = json.loads(path.read_text())
        return holder if isinstance(holder, dict) else {}
    except (OSError, ValueError):
        return {}


def _is_alive(path: Path) -> bool:
    """Tell whether another process, as far as can be known, still holds the folder."""
    holder = _read(path)
    if not isinstance(pid := holder.get("pid"), int):
        with contextlib.suppress(OSError):
            return time.time() - path.stat().st_mtime < GRACE
        return False
    if holder.get("host") != platform.node():
        return True  # Nobody here can know.
    if pid == os.getpid():
        return False
    started = _started(pid)
    # Numbers are given again: whoever bears it now began at another time.
    return started != "" and holder.get("started") in (started, "")


def _started(pid: int) -> str:
    """Return when a process began, in its system's words, or "" if there is none."""
    try:
        # Behind the program's name, which may hold blanks: the state, and 19 words on the start.
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if words[0] in "ZX" else words[19]
    except OSError:
        return "" if Path("/proc/self/stat").exists() or not _has_number(pid) else "running"


def _has_number(pid: int) -> bool:
    if os.name == "nt":  # There, os.kill would end it.
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)  # May be asked its state.
        ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # It is another person's.
    return True
