"""A folder of photos and, beside them, their masks: listed, read and saved so that none is lost."""

import io
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from unetlab.annotations import CLASS_FILE, palette_image, save_annotations
from unetlab.arguments import check_class_names
from unetlab.data import VOID, list_images, load_image, load_mask, load_shrunk, stamp_of
from unetlab.label.lock import FolderLock
from unetlab.label.strokes import check_painted
from unetlab.saving import write_whole

MASKS = "masks"
MOST_PAINTED = 4_000_000  # Pixels that a page paints smoothly; larger photos are shown smaller.
PATIENCE = 4.0  # Seconds for the page before this one to close.


class LabelFolder:
    """Photos of a folder, and their masks in `masks/` beside them, as `NAME.png`.

    A mask is a PNG whose palette's index is the class id, 255 for void: what `load_folder` and
    `load_annotations` read. It is written beside the old one and renamed, so that there is always a
    whole one. One process at a time may hold a folder.

    Args:
        folder: the photos' folder.
        class_names: the class ids' meanings, the background's first; later ones may be added at
            the end.
        patience: seconds to wait for another labeller to close.

    Attributes:
        names: the photos' names, without their endings, sorted.
        left_out: a line for each photo that shares its name with another; they have no mask.

    Raises:
        FileNotFoundError: the folder does not exist or holds no photo.
        BlockingIOError: another labeller has it open.
        OSError: nothing can be written into it.
        ValueError: the class names are none, or not those that its masks were drawn with.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (6, 4)).save(f"{folder}/cat.jpg")
        ...     photos = LabelFolder(folder)
        ...     photos.save_mask("cat", np.ones([4, 6, 1], np.uint8))
        ...     photos.names, int(photos.load_mask("cat", (4, 6)).sum()), photos.close()
        (['cat'], 24, None)
    """

    def __init__(
        self,
        folder: str | Path,
        class_names: Sequence[str] = ("background", "subject"),
        patience: float = PATIENCE,
    ):
        self.folder, self.class_names = Path(folder), check_class_names(class_names)
        self._photos, self.left_out = _name_photos(list_images(self.folder))
        self.names = list(self._photos)
        self._sizes = {}
        try:
            self.masks.mkdir(exist_ok=True)
            self._lock = FolderLock(self.masks)
            self._lock.take(patience)
            self._settle_names()
        except BlockingIOError:
            raise
        except OSError as error:
            raise OSError(
                f"nothing can be written into {self.folder} ({_why(error)}), where the masks go: "
                "copy the photos to a folder of your own."
            ) from error

    @property
    def masks(self) -> Path:
        """The folder of the masks."""
        return self.folder / MASKS

    def photo_path(self, name: str) -> Path:
        """Return a photo's path."""
        if name not in self._photos:
            raise ValueError(f"{name!r} is no photo of {self.folder}, expected one of `names`.")
        return self._photos[name]

    def mask_path(self, name: str) -> Path:
        """Return the path of a photo's mask, whether or not there is one."""
        self.photo_path(name)
        return self.masks / f"{name}.png"

    def labelled(self) -> list[str]:
        """List the names that have a mask, in their order."""
        found = {path.name for path in self.masks.iterdir()}
        return [name for name in self.names if f"{name}.png" in found]

    def load_photo(self, name: str, most: int = MOST_PAINTED) -> tuple[np.ndarray, tuple[int, int]]:
        """Read a photo, upright, and no larger than can be painted.

        Args:
            name: one of `names`.
            most: pixels; a larger photo is made smaller, in its proportions.

        Returns:
            image uint8 [h, w, 3] in 0..255, and the photo's own height and width.

        Raises:
            FileNotFoundError, ValueError: as in `load_image`.
        """
        path = self.photo_path(name)
        stamp = stamp_of(path)
        with warnings.catch_warnings():
            # Large photos are expected; Pillow still refuses those of more than 179 megapixels.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image, size = load_shrunk(path, max(1, int(most**0.5)))
        self._sizes[name] = stamp, size
        return _shrink(image, size, most, cv2.INTER_AREA), size

    def load_mask(self, name: str, size: tuple[int, int]) -> np.ndarray:
        """Read a photo's mask.

        Args:
            name: one of `names`.
            size: the photo's own height and width.

        Returns:
            mask: uint8 [H, W, 1], class ids and 255 for void; all 0 where there is none.

        Raises:
            ValueError: the file cannot be read, has another size, or holds other ids.
        """
        path = self.mask_path(name)
        if not path.exists():
            return np.zeros([*size, 1], np.uint8)
        mask = load_mask(path, ids=range(len(self.class_names)))
        if mask.shape[:2] != tuple(size):
            raise ValueError(
                f"{path} is {mask.shape[1]}x{mask.shape[0]}, but its photo "
                f"{self.photo_path(name).name} is {size[1]}x{size[0]}: put back the photo that "
                "belongs to it, or move the mask out of its folder to begin anew."
            )
        return mask

    def save_mask(self, name: str, mask: np.ndarray) -> None:
        """Save a photo's mask; it is on the disk when this returns.

        Args:
            name: one of `names`.
            mask: uint8 [H, W, 1] of the photo's own size.

        Raises:
            BlockingIOError: the folder was opened anew elsewhere.
            ValueError: the photo has changed its size since it was read, or the mask is none, or
                holds another id than the class names have, and 255.
            OSError: it cannot be written; what was there before is there still.
        """
        self._check_held()
        self._check_mask(mask)
        self._check_size(name, mask.shape[:2])
        image = palette_image(mask[..., 0])
        # Quick rather than small: the least compression already makes a tenth of a mask.
        image.save(content := io.BytesIO(), "PNG", compress_level=1)
        self._write(self.mask_path(name), content.getbuffer())

    def remove_mask(self, name: str) -> None:
        """Remove a photo's mask, as when its only stroke is undone.

        Args:
            name: one of `names`.

        Raises:
            BlockingIOError: as in `save_mask`.
        """
        self._check_held()
        self.mask_path(name).unlink(missing_ok=True)

    def read_each(self, names: Iterable[str], most: int) -> tuple[Mapping, Mapping]:
        """Give photos and masks by name, small, and each read when it is asked for.

        Args:
            names: of `names`.
            most: pixels of each.

        Returns:
            Photos uint8 [h, w, 3] and masks uint8 [h, w, 1], two mappings.
        """

        def read_mask(name):
            size = self.load_photo(name, 1)[1]
            return _shrink(self.load_mask(name, size), size, most, cv2.INTER_NEAREST_EXACT)

        names = tuple(names)
        return _Read(names, lambda name: self.load_photo(name, most)[0]), _Read(names, read_mask)

    def save_coco(self) -> Path:
        """Save what is labelled as COCO, in a folder `coco` beside the masks, or `coco_2`, ...

        Returns:
            The file that `load_annotations` reads.

        Raises:
            ValueError: nothing is labelled, or a photo or mask cannot be read.
            OSError: it cannot be written.
        """
        number, target = 1, self.folder / "coco"
        while target.exists():
            number, target = number + 1, self.folder / f"coco_{number + 1}"
        names = self.labelled()
        images = ((name, load_image(self.photo_path(name))) for name in names)
        examples = ((image, self.load_mask(name, image.shape[:2])) for name, image in images)
        return save_annotations(examples, target, "coco", self.class_names, names)

    def close(self) -> None:
        """Give the folder back."""
        self._lock.release()

    def take(self) -> None:
        """Take the folder once more, if it is free again.

        Raises:
            BlockingIOError: it is not.
        """
        self._lock.take()

    def is_held(self) -> bool:
        """Tell whether the folder is still this one's to write into."""
        return self._lock.is_held()

    def _check_held(self) -> None:
        if not self._lock.is_held():
            raise BlockingIOError(
                f"{self.folder} has been opened anew elsewhere: go on there; nothing more is saved "
                "from here."
            )

    def _check_mask(self, mask: np.ndarray) -> None:
        check_painted(mask)
        beyond = mask[(mask >= len(self.class_names)) & (mask != VOID)]
        if beyond.size:
            raise ValueError(
                f"the mask holds class {beyond[0]}, expected 0 to {len(self.class_names) - 1}, or "
                f"{VOID} for void: name the class in class_names first."
            )

    def _check_size(self, name: str, size: tuple[int, int]) -> None:
        path = self.photo_path(name)
        if name not in self._sizes or self._sizes[name][0] != stamp_of(path):
            self.load_photo(name, 1)
        found = self._sizes[name][1]
        if tuple(size) != found:
            raise ValueError(
                f"{path.name} is {found[1]}x{found[0]} now, but its mask was drawn for "
                f"{size[1]}x{size[0]}; the mask on the disk stays as it is: put back the photo "
                "that belongs to it."
            )

    def _settle_names(self) -> None:
        path = self.masks / CLASS_FILE
        known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if known != list(self.class_names[: len(known)]):
            self._lock.release()
            raise ValueError(
                f"class_names is {self.class_names}, but the masks in {self.masks} were drawn with "
                f"{tuple(known)}: give these, with new ones at the end, or correct {path}."
            )
        if len(known) < len(self.class_names):
            self._write(path, ("\n".join(self.class_names) + "\n").encode())

    def _write(self, path: Path, content) -> None:
        with write_whole(path) as beside:
            beside.write_bytes(content)


class _Read(Mapping):
    def __init__(self, names: tuple[str, ...], read: Callable[[str], np.ndarray]):
        self._names, self._read = names, read

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


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


def _shrink(picture: np.ndarray, size: tuple[int, int], most: int, how: int) -> np.ndarray:
    share = min(1.0, (most / (size[0] * size[1])) ** 0.5)
    height, width = (max(1, round(side * share)) for side in size)
    if picture.shape[:2] == (height, width):
        return picture
    return cv2.resize(picture, (width, height), interpolation=how).reshape(
        height, width, picture.shape[2]
    )


def _why(error: OSError) -> str:
    return error.strerror or str(error)
