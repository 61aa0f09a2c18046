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


@by_name
def test_the_solution_is_right(exercise):
    verdict = check_answer(exercise.name, exercise.solution)
    assert verdict.outcome == "right" and verdict.words == exercise.why


@pytest.mark.parametrize("exercise, hint", MISTAKES)
def test_each_mistake_gets_its_own_hint(exercise, hint):
    verdict = check_answer(exercise.name, exercise.mistakes[hint])
    assert verdict.outcome == "wrong" and verdict.words.startswith(hint)
    assert "expected is" in verdict.words and "\n" not in verdict.words


@by_name
def test_nothing_returned_is_unsolved(exercise):
    for nothing in (exercise.given, lambda *_: None, lambda *_: ...):
        if (nothing is None) or (exercise.given and nothing is not exercise.given):
            continue
        verdict = check_answer(exercise.name, nothing)
        assert verdict.outcome == "unsolved" and exercise.task in verdict.words


@by_name
def test_its_words_are_sentences_and_its_mistakes_at_least_three(exercise):
    assert len(exercise.mistakes) >= 3 and len(exercise.examples) >= 2
    for words in (exercise.task, exercise.why, *exercise.mistakes):
        assert words[0].isupper() and words[-1] in ".?" and "\n" not in words
    assert f"`my_{exercise.name}`" in exercise.task
    assert exercise.solution.__name__ == exercise.name and exercise.solution.__doc__


@by_name
def test_how_a_right_result_is_packed_does_not_matter(exercise):
    def packed(pack):
        return check_answer(exercise.name, lambda *inputs: pack(exercise.solution(*inputs)))

    assert packed(as_lists).outcome == "right"
    assert packed(as_arrays).outcome == "right"


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


def exercise_cells(stem):
    """Return a notebook's exercises: pairs of the words before, and of the code's syntax tree."""
    cells = nbformat.read(FOLDER / f"{stem}.ipynb", as_version=4).cells
    return [
        (before.source, ast.parse(cell.source))
        for before, cell in pairwise(cells)
        if cell.cell_type == "code" and "check_answer(" in cell.source
    ]


@pytest.mark.parametrize("stem", EXERCISES)
def test_the_notebook_holds_its_exercises_in_order_and_unsolved(stem):
    cells, exercises = exercise_cells(stem), EXERCISES[stem]
    assert len(cells) == len(exercises) >= 4
    for (words, tree), exercise in zip(cells, exercises, strict=True):
        assert words.startswith("### Exercise: ")
        function, check = tree.body
        assert function.name == f"my_{exercise.name}" and ast.get_docstring(function)
        expected = f"check_answer('{exercise.name}', my_{exercise.name})"
        assert ast.unparse(check) == expected
        own = [argument.arg for argument in function.args.args]
        assert own == list(inspect.signature(exercise.solution).parameters)
        namespace = {"np": np, "Path": Path}
        exec(compile(ast.Module([function], []), stem, "exec"), namespace)
        verdict = check_answer(exercise.name, namespace[function.name])
        assert verdict.outcome == "unsolved"


@pytest.mark.parametrize("stem", EXERCISES)
def test_no_other_cell_uses_a_learners_name(stem):
    cells = nbformat.read(FOLDER / f"{stem}.ipynb", as_version=4).cells
    others = "\n".join(
        cell.source
        for cell in cells
        if cell.cell_type == "code" and "check_answer(" not in cell.source
    )
    assert not [one.name for one in EXERCISES[stem] if f"my_{one.name}" in others]


def test_names_are_unique_and_notebooks_of_the_series():
    names = [exercise.name for exercise in ALL]
    assert len(names) == len(set(names))
    assert {path.stem for path in FOLDER.glob("*.ipynb")} >= set(EXERCISES)
