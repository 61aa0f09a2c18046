"""The exercises of notebook 03: pairs of files, folds, and clean edges."""

from functools import partial
from pathlib import Path

import numpy as np

from unetlab.exercises.exercise import Exercise


def pair_files(photos, masks):
    """Return pairs of a photo's and its mask's file name; a photo without a mask is left out."""
    by_stem = {Path(mask).stem: mask for mask in masks}
    return [(photo, by_stem[Path(photo).stem]) for photo in photos if Path(photo).stem in by_stem]


def _pair_by(key, photos, masks):
    by_key = {key(mask): mask for mask in masks}
    return [(photo, by_key[key(photo)]) for photo in photos if key(photo) in by_key]


PAIR_FILES = Exercise(
    name="pair_files",
    hint="A dictionary from stems (`Path(name).stem`) to masks finds each photo's mask.",
    why="Pairs by name survive a missing file; pairs by place are wrong from there on.",
    solution=pair_files,
    mistakes={
        "You paired them as they come. One list need not be in the other's order: compare names.": (
            lambda photos, masks: list(zip(photos, masks, strict=False))
        ),
        "You sorted both lists and paired them by their place. That works until one mask is "
        "missing: from there on each photo has its neighbour's mask.": (
            lambda photos, masks: list(zip(sorted(photos), sorted(masks), strict=False))
        ),
        "You cut each name at its first full stop. In chair.1.jpg that leaves chair, which is "
        "every photo's name: only the ending must go, and `Path(name).stem` does that.": (
            partial(_pair_by, lambda name: name.split(".")[0])
        ),
        "You cut off four letters, and .jpeg has five: `Path(name).stem` takes off any ending.": (
            partial(_pair_by, lambda name: name[:-4])
        ),
        "You compared whole names, and .jpg is never .png: take the endings off first.": (
            partial(_pair_by, lambda name: name)
        ),
        "The pairs are right and the wrong way round: the photo comes first.": (
            lambda photos, masks: [pair[::-1] for pair in pair_files(photos, masks)]
        ),
    },
    examples=(
        (["a.jpg", "b.jpg", "c.jpg"], ["c.png", "a.png"]),
        (["d.1.jpg", "d.2.jpg"], ["d.2.png", "d.1.png"]),
        (["e.jpeg", "f.jpg"], ["f.png", "e.png"]),
    ),
)


def folds_by_chair(chairs, count):
    """Return a list of (train, held_out): photos' indices, each chair's photos together."""
    names = list(dict.fromkeys(chairs))
    folds = []
    for number in range(count):
        held_out = [i for i, chair in enumerate(chairs) if chair in names[number::count]]
        folds.append(([i for i in range(len(chairs)) if i not in held_out], held_out))
    return folds


FAULTLESS = "each photo is held out once, each chair's photos on one side"


def _faults_in_folds(answer, chairs, count):
    """List what is wrong with the folds, in words, as there are many right ones."""
    folds = answer(list(chairs), count)
    if folds is None or folds is ...:
        return ["no folds"]
    folds = [[set(np.ravel(part).astype(int).tolist()) for part in fold] for fold in folds]
    held_out = [photo for fold in folds for photo in fold[1]]
    faults = {
        f"there are not {count} folds": len(folds) != count,
        "a photo is never held out": set(held_out) != set(range(len(chairs))),
        "a photo is held out twice": len(held_out) > len(set(held_out)),
        "a photo is trained on and held out": any(train & held for train, held in folds),
        "a photo is in neither part": any(len(train | held) < len(chairs) for train, held in folds),
        "a chair is on both sides": any(
            {chairs[i] for i in train - held} & {chairs[i] for i in held} for train, held in folds
        ),
    }
    return [words for words, is_so in faults.items() if is_so] or [FAULTLESS]


def _deal_out_photos(chairs, count):
    return folds_by_chair(range(len(chairs)), count)


def _drop_the_rest(chairs, count):
    names = list(dict.fromkeys(chairs))
    dropped = names[len(names) // count * count :]
    folds = folds_by_chair(chairs, count)
    return [(train, [i for i in held if chairs[i] not in dropped]) for train, held in folds]


FOLDS_BY_CHAIR = Exercise(
    name="folds_by_chair",
    hint="Deal out the chairs' names first, and then collect the photos of each.",
    why="A chair on both sides would be recognised rather than found, and every score would lie.",
    solution=folds_by_chair,
    observe=_faults_in_folds,
    mistakes={
        "You dealt out photos. Several show one chair, and now a chair is on both sides of a "
        "fold: deal out the chairs, and then collect their photos.": _deal_out_photos,
        "You train on all photos, those held out among them. Take them out of the training "
        "part.": lambda chairs, count: [
            (list(range(len(chairs))), held) for _, held in folds_by_chair(chairs, count)
        ],
        "The two parts are the wrong way round: training comes first and is the larger one.": (
            lambda chairs, count: [fold[::-1] for fold in folds_by_chair(chairs, count)]
        ),
        "The chairs do not divide evenly by the folds, and you dropped what was left over: some "
        "photos are never held out.": _drop_the_rest,
        "That is one split. Go round, until each chair has been held out once.": (
            lambda chairs, count: folds_by_chair(chairs, count)[:1]
        ),
    },
    examples=((list("abaabcbc"), 3), (list("abcde"), 2), (list("abcabcdabcd"), 3)),
)


def own_colour(pixel, wall, alpha):
    """Return the chair's own colour in a pixel that is chair by alpha, and else wall."""
    return (pixel - (1 - alpha) * wall) / alpha


RED, WALL = np.array([200.0, 40.0, 20.0]), np.array([100.0, 160.0, 220.0])

OWN_COLOUR = Exercise(
    name="own_colour",
    hint="Solve pixel = alpha x chair + (1 - alpha) x wall for the chair.",
    why="This is decontamination: on another ground no rim of the old wall is left.",
    solution=own_colour,
    mistakes={
        "You took the wall's share out and left the rest as dark as it was. What remains is only "
        "alpha times the chair: divide by alpha.": (
            lambda pixel, wall, alpha: pixel - (1 - alpha) * wall
        ),
        "You swapped the shares: alpha is how much of the pixel is chair, so the wall has the "
        "other part, 1 - alpha.": lambda pixel, wall, alpha: (pixel - alpha * wall) / (1 - alpha),
        "You subtracted the whole wall. Only 1 - alpha of the pixel is wall.": (
            lambda pixel, wall, alpha: (pixel - wall) / alpha
        ),
        "You mixed the wall in once more. It has to come out.": (
            lambda pixel, wall, alpha: alpha * pixel + (1 - alpha) * wall
        ),
    },
    examples=(
        (0.25 * RED + 0.75 * WALL, WALL, 0.25),
        (0.8 * WALL + 0.2 * RED, RED, 0.8),
        (RED, WALL, 1.0),
    ),
    tolerance=0.5,
)


EXERCISES = (PAIR_FILES, FOLDS_BY_CHAIR, OWN_COLOUR)
