"""Run lengths in the three forms that labelling tools write."""

import numpy as np

from unetlab.annotations.shapes import BadShape


def fill_runs(counts, height: int, width: int, by_columns: bool) -> np.ndarray:
    """Turn lengths of zeros and ones in turn into pixels.

    Args:
        counts: whole numbers [N], zeros first.
        height: of the mask.
        width: of the mask.
        by_columns: whether the runs go down the columns, as COCO's, or along the rows, as CVAT's.

    Returns:
        bool [height, width].

    Raises:
        BadShape: a length is negative, or they are not as many as the pixels.

    Example:
        >>> fill_runs([1, 2, 1], 2, 2, by_columns=True).tolist()
        [[False, True], [True, False]]
    """
    counts = np.asarray(counts)
    if counts.ndim != 1 or not counts.size or counts.dtype.kind not in "iu" or counts.min() < 0:
        raise BadShape("has run lengths that are no whole numbers from 0: export it again")
    total = sum(counts.tolist())  # Python's numbers do not overflow.
    if total != height * width:
        raise BadShape(
            f"has run lengths of {total} pixels in all, expected {width}x{height} = "
            f"{height * width}: were they cut short? Export it again"
        )
    values = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return values.reshape(width, height).T if by_columns else values.reshape(height, width)


def read_coco_text(text: str) -> np.ndarray:
    """Read COCO's compressed run lengths.

    Each sign holds six bits, 48 added: five of the number, the lowest first, and one that says that
    the number goes on. The highest bit of all is the sign, and from the fourth number on, each is
    the difference to the one two places before it.

    Args:
        text: as `counts` in a COCO file.

    Returns:
        int64 [N], lengths of zeros and ones in turn.

    Raises:
        BadShape: the text holds other signs, or ends in the middle of a number.

    Example:
        >>> read_coco_text("52203").tolist()
        [5, 2, 2, 2, 5]

    Source: `rleToString` and `rleFrString`, https://github.com/cocodataset/cocoapi.
    """
    bytes_of = text.encode("utf-8") if isinstance(text, str) else bytes(text)
    signs = np.frombuffer(bytes_of, np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero((signs & 32) == 0)
    if not signs.size or signs.min() < 0 or signs.max() > 63 or ends.size == 0:
        raise BadShape("has run lengths that are no COCO text: export it again")
    if ends[-1] != len(signs) - 1:
        raise BadShape("has run lengths that are cut short: export it again")
    starts = np.concatenate([[0], ends[:-1] + 1])
    places = np.arange(len(signs)) - np.repeat(starts, ends - starts + 1)
    if places.max() > 7:
        raise BadShape("has run lengths beyond any photo: export it again")
    numbers = np.add.reduceat((signs & 31) << (5 * places), starts)
    numbers -= np.where(signs[ends] & 16, 1 << (5 * (places[ends] + 1)), 0)
    for first in (1, 2):
        numbers[first::2] = np.cumsum(numbers[first::2])
    return numbers


def read_brush(numbers, height: int, width: int) -> np.ndarray:
    """Read the run lengths of Label Studio's brush.

    They are bits: 32 of them say how many values there are, 5 how many bits a value has, less one,
    and four times 4 how many bits a length may have, less one. Then come runs: one bit says whether
    a single value is repeated, two which of the four lengths is used, then the length less one, and
    the value or the values. These are red, green, blue and alpha of each pixel in turn, by rows.

    Args:
        numbers: bytes, as whole numbers in 0..255.
        height: of the photo.
        width: of the photo.

    Returns:
        bool [height, width], where the brush has painted: where alpha is above 0.

    Raises:
        BadShape: the numbers are no bytes, too few, or for a photo of another size.

    Example:
        >>> bits = f"{4:032b}{7:05b}{0:016b}" + "1" + "00" + "0" + f"{255:08b}"
        >>> bits += "1" + "00" + "1" + f"{255:08b}" + "1" + "00" + "0" + f"{255:08b}" + "0" * 7
        >>> read_brush([int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)], 1, 1).tolist()
        [[True]]

    Source: `decode_rle` of label_studio_sdk/converter/brush.py,
    https://github.com/HumanSignal/label-studio-sdk.
    """
    array = np.asarray(numbers)
    if array.ndim != 1 or array.dtype.kind not in "iu" or ((array < 0) | (array > 255)).any():
        raise BadShape("has brush strokes that are no bytes in 0..255: export it again")
    bits = np.unpackbits(array.astype(np.uint8))
    return _Bits(bits).read_alpha(height, width)


class _Bits:
    """A place in a stream of bits."""

    def __init__(self, bits: np.ndarray):
        self.bits, self.place = bits, 0

    def take(self, count: int) -> np.ndarray:
        if self.place + count > len(self.bits):
            raise BadShape("has brush strokes that are cut short: export it again")
        self.place += count
        return self.bits[self.place - count : self.place]

    def number(self, count: int) -> int:
        return int("".join(map(str, self.take(count).tolist())), 2)

    def read_alpha(self, height: int, width: int) -> np.ndarray:
        total = self.number(32)
        if total != height * width * 4:
            raise BadShape(
                f"has brush strokes of {total // 4} pixels, expected {width}x{height} = "
                f"{height * width}: export it again"
            )
        bits_a_value = self.number(5) + 1
        bits_a_length = [self.number(4) + 1 for _ in range(4)]
        values, done = np.zeros(total, bool), 0
        while done < total:
            repeated = self.number(1)
            length = self.number(bits_a_length[self.number(2)]) + 1
            if done + length > total:
                raise BadShape("has a brush stroke that leaves the photo: export it again")
            if repeated:
                values[done : done + length] = self.take(bits_a_value).any()
            else:
                found = self.take(length * bits_a_value).reshape(length, bits_a_value)
                values[done : done + length] = found.any(axis=1)
            done += length
        return values.reshape(height, width, 4)[..., 3]
