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
    """

    name: str  # What `check_answer` is told, such as "iou".
    hint: str  # The next thought, for whoever is stuck and asks for it.
    why: str  # Why it matters, in one sentence, said to whoever got it right.
    solution: Callable  # Its code is shown to whoever asks for it.
    mistakes: dict[str, Callable]  # What to say to whoever made it, and what makes the mistake.
    examples: tuple[tuple, ...]  # The arguments of each call.
    # Called with the answer and an example: what is compared, the result of most. Where chance
    # plays a part or many answers are right, it says in words what the answer did.
    observe: Callable = call
    given: Callable | None = None  # What the notebook holds to be mended; None where only `...`.
    tolerance: float = 1e-3  # By how much a number may differ.
