"""A folder of photos and, beside them, their masks: listed, read and saved so that none is lost."""

import io
import unicodedata
import warnings
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakValueDictionary

import cv2
import numpy as np
from filelock import FileLock, Timeout
from PIL import Image

from unetlab.annotations import save_annotations
from unetlab.data import (
    CLASS_FILE,
    list_images,
    load_image,
    load_mask,
    load_shrunk,
    palette_image,
)
from unetlab.saving import write_whole

CLASS_NAMES = ("background", "subject")
MOST_PAINTED = 4_000_000  # Pixels that a page paints smoothly; larger photos are shown smaller.
LOCK_FILE = ".labelling"  # Hidden, so that nobody takes it for a mask.
PATIENCE = 8  # Seconds for a page that is loaded again: the one before it is about to end.
# Which one of this process holds a folder: a cell that is run again takes over.
_HOLDERS = WeakValueDictionary()


class LabelFolder:
    """Photos of a folder, and their masks in `masks/` beside them, as `NAME.png`.

    A mask is a PNG whose palette's index is the class id, 255 for void: what `load_folder` and
    `load_annotations` read. It is written beside the old one and renamed, so that there is always a
    whole one. One process at a time may hold a folder; of one process, the last that opened it.

    The class names, the background's first, are kept with the masks; later ones may be added at the
    end. `left_out` holds a line for each photo that shares its name with another.
    """

    def __init__(self, folder: str | Path, class_names: Sequence[str] = CLASS_NAMES):
        self.folder, self.class_names = Path(folder), tuple(class_names)
        self.masks = self.folder / "masks"
        self._photos, self.left_out = _name_photos(list_images(self.folder))
        self.names = list(self._photos)
        names_file = self.masks / CLASS_FILE
        known = names_file.read_text(encoding="utf-8").splitlines() if names_file.exists() else []
        if known != list(self.class_names[: len(known)]):
            raise ValueError(
                f"class_names is {self.class_names}, but the masks in {self.masks} were drawn with "
                f"{tuple(known)}: give these, with new ones at the end, or correct {names_file}."
            )
        try:
            self.masks.mkdir(exist_ok=True)
            self._take()
            if len(known) < len(self.class_names):
                self._write(names_file, ("\n".join(self.class_names) + "\n").encode())
        except Timeout:
            raise BlockingIOError(
                f"{self.folder} is being labelled elsewhere already: go on there, or close it."
            ) from None
        except OSError as error:
            raise OSError(
                f"nothing can be written into {self.folder} ({error.strerror or error}), where the "
                "masks go: copy the photos to a folder of your own."
            ) from error

    def mask_path(self, name: str) -> Path:
        """Return the path of a photo's mask, whether or not there is one."""
        return self.masks / f"{name}.png"

    def labelled(self) -> list[str]:
        """List the names that have a mask, in their order."""
        found = {path.name for path in self.masks.iterdir()}
        return [name for name in self.names if f"{name}.png" in found]

    def load_photo(self, name: str, most: int = MOST_PAINTED) -> tuple[np.ndarray, tuple[int, int]]:
        """Read a photo, upright and of so many pixels at most, and its own height and width."""
        with warnings.catch_warnings():
            # Large photos are expected; Pillow still refuses those of more than 179 megapixels.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image, size = load_shrunk(self._photos[name], int(most**0.5))
        share = min(1.0, (most / (size[0] * size[1])) ** 0.5)
        height, width = (max(1, round(side * share)) for side in size)
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), size

    def load_mask(self, name: str, size: tuple[int, int]) -> np.ndarray:
        """Read the mask of a photo of this height and width; all 0 where there is none."""
        path = self.mask_path(name)
        if not path.exists():
            return np.zeros([*size, 1], np.uint8)
        mask = load_mask(path, ids=range(len(self.class_names)))
        if mask.shape[:2] != tuple(size):
            raise ValueError(
                f"{path} is {mask.shape[1]}x{mask.shape[0]}, but its photo "
                f"{self._photos[name].name} is {size[1]}x{size[0]}: put back the photo that "
                "belongs to it, or move the mask out of its folder to begin anew."
            )
        return mask

    def save_mask(self, name: str, mask: np.ndarray) -> None:
        """Save a mask uint8 [H, W, 1]; when this returns, it is on the disk.

        Where it cannot be written, the one before is there still.
        """
        self._check_held()
        # Quick rather than small: the least compression already makes a tenth of a mask.
        palette_image(mask[..., 0]).save(content := io.BytesIO(), "PNG", compress_level=1)
        self._write(self.mask_path(name), content.getbuffer())

    def remove_mask(self, name: str) -> None:
        """Remove a photo's mask, as when its only stroke is undone."""
        self._check_held()
        self.mask_path(name).unlink(missing_ok=True)

    def save_coco(self) -> Path:
        """Save what is labelled as COCO, in a folder `coco` beside the masks, or `coco_2`, ..."""
        number, target = 1, self.folder / "coco"
        while target.exists():
            number, target = number + 1, self.folder / f"coco_{number + 1}"
        names = self.labelled()
        images = ((name, load_image(self._photos[name])) for name in names)
        examples = ((image, self.load_mask(name, image.shape[:2])) for name, image in images)
        return save_annotations(examples, target, "coco", self.class_names, names)

    def close(self) -> None:
        """Give the folder back."""
        self._lock.release()

    def _take(self) -> None:
        # The system gives a lock back when its process ends, however that ends. Whoever may write
        # into the folder may take it.
        self._lock = FileLock(self.masks / LOCK_FILE, PATIENCE, mode=0o666, thread_local=False)
        place = self.masks.resolve()
        if place in _HOLDERS:
            _HOLDERS[place].close()
        self._lock.acquire()
        _HOLDERS[place] = self

    def _check_held(self) -> None:
        if not self._lock.is_locked:
            raise BlockingIOError(
                f"{self.folder} has been opened anew elsewhere: go on there; nothing more is saved "
                "from here."
            )

    def _write(self, path: Path, content) -> None:
        with write_whole(path) as beside:
            beside.write_bytes(content)


def _name_photos(paths: Sequence[Path]) -> tuple[dict[str, Path], list[str]]:
    # By names that also file systems without capitals and composed accents tell apart.
    alike, photos, left_out = {}, {}, []
    for path in paths:
        name = unicodedata.normalize("NFC", path.stem)
        alike.setdefault(name.casefold(), []).append((name, path))
    for found in alike.values():
        if len(found) == 1:
            photos.update(found)
        else:
            files = ", ".join(path.name for _, path in found)
            left_out.append(f"{files}: share a name, so that their masks would, too; rename one")
    return dict(sorted(photos.items())), left_out
