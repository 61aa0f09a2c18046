"""One writer a file, and what keeps it from being written said in a sentence."""

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt


@contextmanager
def only_writer(path: str | Path):
    """Be the only one who writes a file, or raise at once.

    The lock is on a file of its own, `path` with `.lock`, which goes when the writer is done. Where
    a killed writer left it behind, the operating system has unlocked it, and the next one takes it.

    Args:
        path: the file to be written; it is not opened.

    Raises:
        OSError: nothing can be written there.
        RuntimeError: another process, or another call in this one, is writing the file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, only_writer(f"{folder}/a.csv"):
        ...     os.listdir(folder)
        ['a.csv.lock']
    """
    lock = Path(f"{path}.lock")
    with _lock(lock, path):
        try:
            yield
        finally:
            # While it is still locked: let go first, it might be another's by now.
            if fcntl:
                lock.unlink(missing_ok=True)
    if not fcntl:
        # Windows removes no open file, neither one's own nor another's.
        with suppress(OSError):
            lock.unlink()


@contextmanager
def said_in_words(path: str | Path):
    """Raise what goes wrong with writing a file as a sentence that says what to do.

    Args:
        path: the file that is written inside.

    Raises:
        OSError: it cannot be written.

    Example:
        >>> with said_in_words("/nowhere/rows.csv"):
        ...     _ = Path("/nowhere/rows.csv").write_text("a")
        Traceback (most recent call last):
        ...
        OSError: /nowhere/rows.csv cannot be written (No such file or directory): free some ...
    """
    try:
        yield
    except OSError as error:
        raise OSError(
            f"{path} cannot be written ({error.strerror}): free some space or give a path in a "
            "folder that can be written; called again, it goes on after the last whole row."
        ) from error


def _lock(lock: Path, path):
    while True:
        with said_in_words(path):
            file = lock.open("ab")
            taken = _try_to_lock(file)
        # The writer before may have removed the file between opening and locking.
        if taken and lock.exists() and os.path.samestat(os.fstat(file.fileno()), lock.stat()):
            return file
        file.close()
        if not taken:
            raise RuntimeError(
                f"{path} is being written by another process, expected one writer: wait until it "
                "is done, or give another path."
            )


def _try_to_lock(file) -> bool:
    try:
        if fcntl:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True
