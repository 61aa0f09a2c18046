"""Run lengths in the three forms that labelling tools write."""

import numpy as np


def fill_runs(counts, height: int, width: int, by_columns: bool) -> np.ndarray:
    """Turn lengths of zeros and ones in turn into bool [height, width].

    They go down the columns in COCO's files, and along the rows in CVAT's.
    """
    values = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return values.reshape(width, height).T if by_columns else values.reshape(height, width)


def read_coco_text(text: str) -> np.ndarray:
    """Read COCO's compressed run lengths, as lengths of zeros and ones in turn.

    Each sign holds six bits, 48 added: five of the number, the lowest first, and one that says that
    the number goes on. The highest bit of all is the sign, and from the fourth number on, each is
    the difference to the one two places before it.

    Source: `rleToString` and `rleFrString`, https://github.com/cocodataset/cocoapi.
    """
    signs = np.frombuffer(text.encode(), np.uint8).astype(np.int64) - 48
    ends = np.flatnonzero((signs & 32) == 0)
    starts = np.concatenate([[0], ends[:-1] + 1])
    places = np.arange(len(signs)) - np.repeat(starts, ends - starts + 1)
    numbers = np.add.reduceat((signs & 31) << (5 * places), starts)
    numbers -= np.where(signs[ends] & 16, 1 << (5 * (places[ends] + 1)), 0)
    for first in (1, 2):
        numbers[first::2] = np.cumsum(numbers[first::2])
    return numbers


def read_brush(numbers, height: int, width: int) -> np.ndarray:
    """Read the run lengths of Label Studio's brush: where alpha is above 0, bool [height, width].

    The bytes are bits: 32 of them say how many values there are, 5 how many bits a value has, less
    one, and four times 4 how many bits a length may have, less one. Then come runs: one bit says
    whether a single value is repeated, two which of the four lengths is used, then the length less
    one, and the value or the values. These are red, green, blue and alpha of each pixel in turn.

    Source: `decode_rle` of label_studio_sdk/converter/brush.py,
    https://github.com/HumanSignal/label-studio-sdk.
    """
    bits, place = np.unpackbits(np.array(numbers, np.uint8)), 0

    def take(count):
        nonlocal place
        place += count
        return bits[place - count : place]

    def number(count):
        return int("".join(map(str, take(count).tolist())), 2)

    total = number(32)
    bits_a_value = number(5) + 1
    bits_a_length = [number(4) + 1 for _ in range(4)]
    values, done = np.zeros(total, bool), 0
    while done < total:
        repeated = number(1)
        length = number(bits_a_length[number(2)]) + 1
        found = take(bits_a_value * (1 if repeated else length)).reshape(-1, bits_a_value)
        values[done : done + length] = found.any(axis=1)
        done += length
    return values.reshape(height, width, 4)[..., 3]
