"""The check: right, not solved yet, or which mistake it is."""

import inspect
import linecache
import traceback
import warnings
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from unetlab.exercises.comparing import same, show
from unetlab.exercises.exercise import Exercise
from unetlab.exercises.series import find_exercise, solution_text

OPENINGS = {
    "right": "Right.",
    "wrong": "Not yet.",
    "unsolved": "Not solved yet.",
    "hint": "Hint.",
    "solution": "One solution.",
}


@dataclass(frozen=True, repr=False)
class Verdict:
    """What is said to an answer, such as "right" or "wrong"; a notebook shows the words."""

    outcome: str
    words: str

    def __repr__(self):
        return f"{OPENINGS[self.outcome]} {self.words}"

    def _repr_markdown_(self):
        return f"**{OPENINGS[self.outcome]}** {self.words}"


@dataclass
class _Trial:
    """One call of an answer: what came of it, or the error."""

    inputs: tuple
    value: object = None
    error: Exception | None = None
    returned: list = field(default_factory=list)  # all that the answer itself gave back


def check_answer(
    name: str, answer: Callable, *, hint: bool = False, solution: bool = False
) -> Verdict:
    """Say whether a function solves an exercise, and where it does not, which mistake it makes.

    The function is called on small inputs, and its results are compared with the solution's and
    with those of the mistakes that people make. Its code is not looked at.

    Args:
        name: the exercise's name, such as "iou".
        answer: the function that was written; `...` in place of its body is no answer yet.
        hint: say the next thought instead of judging.
        solution: show one solution's code instead of judging.

    Returns:
        The verdict; whatever the function does, nothing is raised.

    Raises:
        KeyError: there is no exercise of this name.

    Example:
        >>> check_answer("lazy_accuracy", lambda counts: max(counts) / sum(counts)).outcome
        'right'
        >>> check_answer("lazy_accuracy", lambda counts: max(counts)).words
        'That is a number of pixels. ... Here `counts = [10, 30]` gives `30`; expected is `0.75`.'
    """
    exercise = find_exercise(name)
    if solution:
        return Verdict("solution", f"\n\n```python\n{solution_text(name)}\n```")
    if hint:
        return Verdict("hint", exercise.hint)
    if not callable(answer):
        return Verdict(
            "wrong",
            f"What is handed over is `{show(answer)}`, and a function is expected: write its name "
            "without brackets, so that it can be tried on several inputs.",
        )
    trials = _try_on_examples(exercise, answer)
    expected = _try_on_examples(exercise, exercise.solution)
    if _is_unsolved(exercise, trials):
        still = "It is as it was given." if exercise.given else "Nothing is returned so far."
        call = f'check_answer("{name}", my_{name}, hint=True)'
        return Verdict("unsolved", f"{still} Stuck? `{call}`, then `solution=True`.")
    differing = [
        pair for pair in zip(trials, expected, strict=True) if not _agree(exercise, [pair])
    ]
    if not differing:
        return Verdict("right", exercise.why)
    known = _recognise(exercise, trials, expected)
    if known is None:  # Then an error says more than a difference.
        differing = [pair for pair in differing if pair[0].error] or differing
    trial, right = min(differing, key=lambda pair: len(show(pair[0].inputs)))
    return Verdict("wrong", _say_difference(exercise, answer, trial, right, known))


def _try_on_examples(exercise: Exercise, answer: Callable) -> list[_Trial]:
    return [_try(exercise, answer, inputs) for inputs in exercise.examples]


def _try(exercise: Exercise, answer: Callable, inputs: tuple) -> _Trial:
    trial = _Trial(inputs)

    def watched(*arguments):
        trial.returned.append(answer(*arguments))
        return trial.returned[-1]

    try:
        # 0 / 0 is nan, and the hint says so.
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            # Copies: an answer may change its arguments, and the examples serve the next one, too.
            trial.value = exercise.observe(watched, *deepcopy(inputs))
    except Exception as error:
        trial.error = error
        if isinstance(error, ZeroDivisionError):  # what NumPy calls nan
            trial.value = float("nan")
    return trial


def _is_unsolved(exercise: Exercise, trials: list[_Trial]) -> bool:
    if exercise.given:
        given = _try_on_examples(exercise, exercise.given)
        return _agree(exercise, zip(trials, given, strict=True))
    returned = [value for trial in trials for value in trial.returned]
    return bool(returned) and all(value is None or value is ... for value in returned)


def _agree(exercise: Exercise, pairs) -> bool:
    return all(same(trial.value, other.value, exercise.tolerance) for trial, other in pairs)


def _recognise(exercise: Exercise, trials: list[_Trial], expected: list[_Trial]) -> str | None:
    """Return the hint of the mistake that gives the same results, or None."""
    mistakes = {hint: _try_on_examples(exercise, made) for hint, made in exercise.mistakes.items()}
    for hint, others in mistakes.items():
        if _agree(exercise, zip(trials, others, strict=True)):
            return hint
    # Whoever made a mistake may have thought of 0 / 0 or not: there the two need not agree.
    for hint, others in mistakes.items():
        rows = [
            row
            for row in zip(trials, others, expected, strict=True)
            if not any(same(trial.value, float("nan")) for trial in row[:2])
        ]
        to_mistake, to_solution = ([(row[0], row[i]) for row in rows] for i in (1, 2))
        if _agree(exercise, to_mistake) and not _agree(exercise, to_solution):
            return hint
    return None


def _say_difference(
    exercise: Exercise, answer: Callable, trial: _Trial, right: _Trial, hint: str | None
) -> str:
    signature = inspect.signature(exercise.solution)
    called = ", ".join(
        f"{name} = {show(value)}"
        for name, value in zip(signature.parameters, trial.inputs, strict=False)
    )
    found = show(trial.value)
    if trial.error:
        found = " ".join(traceback.format_exception_only(trial.error)[-1].split()).replace("`", "'")
        line = _line_of(trial.error, answer)
        if line and not hint:
            return f"`{found}` in {line} It was called with `{called}`."
        if not trial.returned and not hint:
            return f"`{found}`: it is called as `{exercise.name}{signature}`."
        if trial.returned and not hint:  # What looked at it could not make sense of it.
            found = show(trial.returned[-1])
    difference = f"`{called}` gives `{found}`; expected is `{show(right.value)}`."
    return f"{hint} Here {difference}" if hint else f"Here it differs: {difference}"


def _line_of(error: Exception, answer: Callable) -> str:
    """Return the number and the text of the learner's line that an error went through, or ""."""
    code = getattr(answer, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    numbers = [frame.lineno for frame in frames if code and frame.filename == code.co_filename]
    if not numbers:
        return ""
    text = linecache.getline(code.co_filename, numbers[-1]).strip().replace("`", "'")
    return f"line {numbers[-1]}: `{text}`."
