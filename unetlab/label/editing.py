"""A mask while it is painted: at its full size and at the size of the page, with undo and redo."""

import zlib
from typing import NamedTuple

import numpy as np

from unetlab.label.strokes import Stroke, apply_stroke

MOST_STEPS = 200  # That can be undone; they are kept compressed.


class Region(NamedTuple):
    """What a change has touched of the painted mask.

    Attributes:
        left: the first column.
        top: the first row.
        pixels: uint8 [h, w], the class ids that stand there now.
    """

    left: int
    top: int
    pixels: np.ndarray


class _Step(NamedTuple):
    place: tuple[slice, slice]
    before: bytes
    after: bytes


class MaskEditor:
    """One photo's mask, painted at a size that a page can hold, and kept at the photo's own.

    Of a large photo every painted pixel stands for a block. Only the blocks of pixels that a stroke
    changes are written, so that what another program drew more finely stays as fine elsewhere.

    Args:
        mask: uint8 [H, W, 1], class ids at the photo's own size.
        size: height and width at which it is painted, at most the mask's.

    Attributes:
        mask: uint8 [H, W, 1], with every change so far.
        painted: uint8 [h, w, 1], the same at the size of the page.

    Example:
        >>> editor = MaskEditor(np.zeros([4, 6, 1], np.uint8), (2, 3))
        >>> editor.paint(Stroke("brush", 1, [(2, 0)])).pixels.tolist()
        [[1]]
        >>> editor.mask[..., 0].tolist()[:2], editor.undo() is None, int(editor.mask.sum())
        ([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1]], False, 0)
    """

    def __init__(self, mask: np.ndarray, size: tuple[int, int]):
        self.mask, self._done, self._undone = mask.copy(), [], []
        sides = list(zip(size, mask.shape[:2], strict=True))
        # The pixel whose centre lies nearest, in both directions; there and back is the same.
        self._to_full = [_nearest(small, full) for small, full in sides]
        self._to_painted = [_nearest(full, small) for small, full in sides]
        self.painted = self.mask[np.ix_(*self._to_full)]

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps can be undone, and how many done again."""
        return len(self._done), len(self._undone)

    def paint(self, stroke: Stroke) -> Region | None:
        """Paint a stroke.

        Args:
            stroke: in pixels of the painted size.

        Returns:
            What has changed, or None.

        Raises:
            ValueError: as in `apply_stroke`.
        """
        return self.replace(apply_stroke(self.painted, stroke))

    def replace(self, painted: np.ndarray) -> Region | None:
        """Put another mask in place of the painted one, as one step.

        Args:
            painted: uint8 [h, w, 1] of the painted size.

        Returns:
            What has changed, or None, where it is the same; then there is no step.
        """
        changed = (painted != self.painted)[..., 0]
        box = [_extent(changed.any(axis=axis)) for axis in (1, 0)]
        if None in box:
            return None
        place = tuple(_blocks(part, to) for part, to in zip(box, self._to_painted, strict=True))
        of = np.ix_(*(to[part] for part, to in zip(place, self._to_painted, strict=True)))
        before = self.mask[place].copy()
        self.mask[place] = np.where(changed[of][..., None], painted[of], before)
        after = self.mask[place]
        self._done = [*self._done, _Step(place, _pack(before), _pack(after))][-MOST_STEPS:]
        self._undone = []
        self.painted = painted.copy()
        return self._region(*box)

    def undo(self) -> Region | None:
        """Undo the last step.

        Returns:
            What has changed, or None, where there is none left.
        """
        return self._move(self._done, self._undone, "before")

    def redo(self) -> Region | None:
        """Do the step again that was undone last.

        Returns:
            What has changed, or None, where there is none.
        """
        return self._move(self._undone, self._done, "after")

    def _move(self, source: list, target: list, side: str) -> Region | None:
        if not source:
            return None
        step = source.pop()
        target.append(step)
        block = self.mask[step.place]
        block[:] = np.frombuffer(zlib.decompress(getattr(step, side)), np.uint8).reshape(
            block.shape
        )
        box = [
            slice(int(to[part.start]), int(to[part.stop - 1]) + 1)
            for part, to in zip(step.place, self._to_painted, strict=True)
        ]
        rows = (to[part] for part, to in zip(box, self._to_full, strict=True))
        self.painted[tuple(box)] = self.mask[np.ix_(*rows)]
        return self._region(*box)

    def _region(self, rows: slice, columns: slice) -> Region:
        return Region(columns.start, rows.start, self.painted[rows, columns, 0].copy())


def _nearest(count: int, among: int) -> np.ndarray:
    return (2 * np.arange(count) + 1) * among // (2 * count)


def _extent(flags: np.ndarray) -> slice | None:
    places = np.flatnonzero(flags)
    return slice(int(places[0]), int(places[-1]) + 1) if places.size else None


def _blocks(part: slice, to_painted: np.ndarray) -> slice:
    first, last = np.searchsorted(to_painted, (part.start, part.stop))
    return slice(int(first), int(last))


def _pack(pixels: np.ndarray) -> bytes:
    return zlib.compress(np.ascontiguousarray(pixels), 1)
