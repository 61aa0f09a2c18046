"""Records: what a first look at a set found, so that the next one opens only what has changed."""

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

MOST_RECORDS = 50  # Sets that are remembered; the oldest is forgotten first.


def cache_folder() -> Path | None:
    """Say where this user's caches belong: nothing there is missed when it is deleted.

    Returns:
        `$XDG_CACHE_HOME/unetlab`, on Windows `%LOCALAPPDATA%/unetlab`, else `~/.cache/unetlab`;
        None where the user has no home.

    Example:
        >>> cache_folder().name
        'unetlab'
    """
    place = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", "")
    try:
        # A path that is not absolute is to be passed over.
        folder = Path(place) if os.path.isabs(place) else Path.home() / ".cache"
    except RuntimeError:
        return None
    return folder / "unetlab"


class Record:
    """What was found in the files of a set, beside the state that they had then.

    It never stands in for a look: a record that is missing, damaged, of another version or cannot
    be written only means that the files are opened again.

    Args:
        rule: what decides, beside the files, what is found, as text.
        folders: where the files are; nothing is ever written there.
    """

    def __init__(self, rule: str, folders: Sequence[str | Path]):
        folders = [Path(folder).resolve() for folder in folders]
        signs = json.dumps([1, rule, *map(str, folders)])
        self.path = cache_folder()
        if self.path is not None:
            self.path = self.path / "looks" / f"{hashlib.sha256(signs.encode()).hexdigest()}.json"
            if any(self.path.resolve().is_relative_to(folder) for folder in folders):
                self.path = None
        self.known, self.found = _read(self.path), {}

    def of(self, look: Callable, files_of: Callable) -> Callable:
        """Make a look that opens only files that are new or have changed.

        Args:
            look: as in `look_through`.
            files_of: from what `look` takes to the files that it opens.

        Returns:
            The same look. What it says of a pair that cannot be used is not kept.

        Example:
            >>> record = Record("an example", [])
            >>> record.of(lambda path: ((3, 4), {0: 12}), lambda path: [path])("/no/such/file")
            ((3, 4), {0: 12})
        """

        def look_again(*pair):
            files = files_of(*pair)
            # Asked before the look, so that a change while it goes on is seen the next time.
            key, state = "\n".join(map(str, files)), _state_of(files)
            found = _unpack(self.known.get(key), state) or look(*pair)
            if state and not isinstance(found, str):
                self.found[key] = [state, *found]
            return found

        return look_again

    def save(self) -> None:
        """Write what was found, if there is anything new and a place for it."""
        packed = json.dumps(self.found)
        if self.path is None or json.loads(packed) == self.known:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self.path.parent, suffix=".part", delete=False, encoding="utf-8"
            ) as file:
                file.write(f"{zlib.crc32(packed.encode()):08x}\n{packed}")
            os.replace(file.name, self.path)
            records = sorted(self.path.parent.iterdir(), key=lambda path: path.stat().st_mtime_ns)
            for path in records[:-MOST_RECORDS]:
                path.unlink()
        except OSError:
            pass  # A full disk, or no permission: the next look takes as long as this one.


def _read(path: Path | None) -> dict:
    try:
        sign, packed = path.read_text(encoding="utf-8").split("\n", 1)
        known = json.loads(packed) if sign == f"{zlib.crc32(packed.encode()):08x}" else {}
    except (AttributeError, OSError, ValueError, RecursionError):
        return {}
    return known if isinstance(known, dict) else {}


def _state_of(files: Sequence[str | Path]) -> list | None:
    try:
        states = [os.stat(path) for path in files]
    except OSError:
        return None
    # The third changes even where a program sets the second back.
    return [[state.st_size, state.st_mtime_ns, state.st_ctime_ns] for state in states]


def _unpack(entry, state: list | None) -> tuple | None:
    try:
        held, (height, width), counts = entry
        counts = {int(number): int(count) for number, count in counts.items()}
    except (TypeError, ValueError, AttributeError):
        return None
    return ((height, width), counts) if state and held == state else None
