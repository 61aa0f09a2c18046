"""All exercises of the series, by notebook and by name."""

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
    """Find an exercise by its name, such as "iou"."""
    return {one.name: one for part in EXERCISES.values() for one in part}[name]


def solution_text(name: str) -> str:
    """Return the code of an exercise's solution, to be read once one has tried."""
    return inspect.getsource(find_exercise(name).solution).rstrip()
