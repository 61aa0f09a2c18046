"""All exercises of the series, by notebook and by name."""

import difflib
import inspect

from unetlab.exercises import cars, chairs, effects, encoders, labels, pets, speed
from unetlab.exercises.exercise import Exercise

EXERCISES: dict[str, tuple[Exercise, ...]] = {
    "01_pets_segmentation": pets.EXERCISES,
    "02_carvana_masking": cars.EXERCISES,
    "03_chair_extraction": chairs.EXERCISES,
    "04_photoshop": effects.EXERCISES,
    "05_swap_the_encoder": encoders.EXERCISES,
    "06_train_faster": speed.EXERCISES,
    "07_label_your_own": labels.EXERCISES,
}


def find_exercise(name: str) -> Exercise:
    """Find an exercise by its name.

    Args:
        name: such as "iou".

    Returns:
        The exercise.

    Raises:
        ValueError: there is none of this name; the message names the nearest.

    Example:
        >>> find_exercise("iou").task
        'Write `my_iou`: the pixels that both masks have, over the pixels that either has.'
    """
    by_name = {one.name: one for part in EXERCISES.values() for one in part}
    if name not in by_name:
        near = difflib.get_close_matches(str(name), by_name, n=3, cutoff=0.3) or list(by_name)[:3]
        raise ValueError(
            f"there is no exercise {name!r}, expected one of the series: try {', '.join(near)}."
        )
    return by_name[name]


def solution_text(name: str) -> str:
    """Return the code of an exercise's solution, to be read once one has tried.

    Args:
        name: such as "iou".

    Returns:
        Python code.

    Raises:
        ValueError: there is no exercise of this name.

    Example:
        >>> print(solution_text("lazy_accuracy"))
        def lazy_accuracy(counts):
            ...Return the accuracy of a network that calls every pixel by the commonest class...
            return max(counts) / sum(counts)
    """
    return inspect.getsource(find_exercise(name).solution).rstrip()
