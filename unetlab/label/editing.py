"""A mask while it is painted: at its full size and at the size of the page, with undo and redo."""

import zlib
from collections import deque
from typing import NamedTuple

import cv2
import numpy as np

MOST_STEPS = 200  # That can be undone; they are kept compressed.


class Region(NamedTuple):
    """What a change has touched of the painted mask: uint8 [h, w] and its upper left corner."""

    left: int
    top: int
    pixels: np.ndarray


class _Step(NamedTuple):
    box: tuple[slice, slice]
    place: tuple[slice, slice]
    before: bytes
    after: bytes


class MaskEditor:
    """One photo's mask, painted at a size that a page can hold, and kept at the photo's own.

    Of a large photo every painted pixel stands for a block. Only the blocks of pixels that a stroke
    changes are written, so that what another program drew more finely stays as fine elsewhere.
    """

    def __init__(self, mask: np.ndarray, size: tuple[int, int]):
        self.mask, self.depth = mask.copy(), 0  # `depth` counts steps, those forgotten too.
        self._done, self._undone = deque(maxlen=MOST_STEPS), []
        sides = list(zip(size, mask.shape[:2], strict=True))
        # The pixel whose centre lies nearest, in both directions; there and back is the same.
        self._to_full = [_nearest(small, full) for small, full in sides]
        self._to_painted = [_nearest(full, small) for small, full in sides]
        self.painted = self.mask[np.ix_(*self._to_full)]

    @property
    def steps(self) -> tuple[int, int]:
        """How many steps can be undone, and how many done again."""
        return len(self._done), len(self._undone)

    def replace(self, painted: np.ndarray) -> Region | None:
        """Put another mask in place of the painted one, as one step; None if it is the same."""
        changed = (painted != self.painted)[..., 0]
        left, top, width, height = cv2.boundingRect(changed.astype(np.uint8))
        if not width:
            return None
        box = slice(top, top + height), slice(left, left + width)
        place = tuple(
            slice(*np.searchsorted(to, (part.start, part.stop)))
            for part, to in zip(box, self._to_painted, strict=True)
        )
        of = np.ix_(*(to[part] for part, to in zip(place, self._to_painted, strict=True)))
        before = self.mask[place].copy()
        self.mask[place] = np.where(changed[of][..., None], painted[of], before)
        self._done.append(_Step(box, place, pack(before), pack(self.mask[place])))
        self._undone.clear()
        self.depth += 1
        self.painted = painted.copy()
        return self._region(box)

    def undo(self) -> Region | None:
        """Undo the last step, if there is one."""
        if not self._done:
            return None
        self._undone.append(step := self._done.pop())
        self.depth -= 1
        return self._put(step, step.before)

    def redo(self) -> Region | None:
        """Do the step again that was undone last, if there is one."""
        if not self._undone:
            return None
        self._done.append(step := self._undone.pop())
        self.depth += 1
        return self._put(step, step.after)

    def _put(self, step: _Step, content: bytes) -> Region:
        block = self.mask[step.place]
        block[:] = np.frombuffer(zlib.decompress(content), np.uint8).reshape(block.shape)
        rows = (to[part] for part, to in zip(step.box, self._to_full, strict=True))
        self.painted[step.box] = self.mask[np.ix_(*rows)]
        return self._region(step.box)

    def _region(self, box: tuple[slice, slice]) -> Region:
        rows, columns = box
        return Region(columns.start, rows.start, self.painted[rows, columns, 0].copy())


def pack(pixels: np.ndarray) -> bytes:
    """Compress class ids, quickly rather than small."""
    return zlib.compress(np.ascontiguousarray(pixels), 1)


def _nearest(count: int, among: int) -> np.ndarray:
    return (2 * np.arange(count) + 1) * among // (2 * count)
