"""Every exercise knows its solution and its mistakes, and the notebooks hold it unsolved."""

import ast
import inspect
from itertools import pairwise
from pathlib import Path

import nbformat
import numpy as np
import pytest

from unetlab.exercises import EXERCISES, check_answer

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
ALL = [exercise for part in EXERCISES.values() for exercise in part]
MISTAKES = [
    pytest.param(exercise, hint, id=f"{exercise.name}-{number}")
    for exercise in ALL
    for number, hint in enumerate(exercise.mistakes, start=1)
]
by_name = pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.name)


def as_lists(value):
    """Turn arrays into lists and pairs into lists, all the way down."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [as_lists(part) for part in value] if isinstance(value, list | tuple) else value


def as_arrays(value):
    """Turn numbers into arrays of floats."""
    if isinstance(value, list | tuple):
        return tuple(as_arrays(part) for part in value)
    return value if isinstance(value, str) else np.asarray(value, float)


@by_name
def test_the_solution_is_right_however_its_result_is_packed(exercise):
    for pack in (lambda value: value, as_lists, as_arrays):
        answer = lambda *inputs, pack=pack: pack(exercise.solution(*inputs))  # noqa: E731
        verdict = check_answer(exercise.name, answer)
        assert verdict.outcome == "right" and verdict.words == exercise.why


@pytest.mark.parametrize("exercise, hint", MISTAKES)
def test_each_mistake_gets_its_own_hint(exercise, hint):
    verdict = check_answer(exercise.name, exercise.mistakes[hint])
    assert verdict.outcome == "wrong" and verdict.words.startswith(hint)
    assert "expected is" in verdict.words and "\n" not in verdict.words


@by_name
def test_an_answer_that_spoils_its_arguments_spoils_no_example(exercise):
    def spoiling(*inputs):
        for value in inputs:
            if isinstance(value, np.ndarray):
                value[...] = 0
            elif isinstance(value, list):
                value.clear()

    before = repr(exercise.examples)
    check_answer(exercise.name, spoiling)
    assert repr(exercise.examples) == before


@pytest.mark.parametrize("stem", EXERCISES)
def test_the_notebook_holds_its_exercises_unsolved_and_under_a_heading(stem):
    cells = nbformat.read(FOLDER / f"{stem}.ipynb", as_version=4).cells
    asked = {}
    for before, cell in pairwise(cells):
        if cell.cell_type == "code" and "check_answer(" in cell.source:
            assert "### Exercise: " in before.source
            function, check = ast.parse(cell.source).body
            asked[function.name.removeprefix("my_")] = function, check
    assert asked.keys() == {exercise.name for exercise in EXERCISES[stem]}
    for exercise in EXERCISES[stem]:
        function, check = asked[exercise.name]
        assert ast.get_docstring(function)
        assert ast.unparse(check) == f"check_answer('{exercise.name}', my_{exercise.name})"
        own = [argument.arg for argument in function.args.args]
        assert own == list(inspect.signature(exercise.solution).parameters)
        namespace = {"np": np, "Path": Path}
        exec(compile(ast.Module([function], []), stem, "exec"), namespace)
        verdict = check_answer(exercise.name, namespace[function.name])
        assert verdict.outcome == "unsolved" and "hint=True" in verdict.words
