"""An exercise: what is asked, the right answer, and the wrong ones that people give."""

from collections.abc import Callable
from dataclasses import dataclass


def call(answer: Callable, *inputs):
    """Call an answer: what most exercises look at is what it returns."""
    return answer(*inputs)


@dataclass(frozen=True)
class Exercise:
    """A function to write or to mend, with all that is needed to answer whoever wrote it.

    A wrong answer is known by what it does and never by how it is written: on the examples, each
    mistake gives other results than the solution and than every other mistake.

    Attributes:
        name: what `check_answer` is told, such as "iou".
        hint: the next thought, for whoever is stuck and asks for it.
        why: why it matters, in one sentence, said to whoever got it right.
        solution: the right answer; its code is shown to whoever asks for it.
        mistakes: what to say to whoever made it, and a function that makes the mistake.
        examples: the arguments of each call.
        observe: called with the answer and an example: what is compared. Where chance plays a part
            or many answers are right, it says in words what the answer did.
        given: what the notebook holds to be mended; None where there is only `...`.
        tolerance: by how much a number may differ.

    Example:
        >>> double = Exercise(
        ...     "double", "Add it to itself.", "It is twice as much.", lambda number: 2 * number,
        ...     {"You squared it.": lambda number: number**2}, ((3,), (5,)))
        >>> double.observe(double.solution, 3)
        6
    """

    name: str
    hint: str
    why: str
    solution: Callable
    mistakes: dict[str, Callable]
    examples: tuple[tuple, ...]
    observe: Callable = call
    given: Callable | None = None
    tolerance: float = 1e-3
