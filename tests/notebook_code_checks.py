"""The rules that every notebook of the series keeps in its code, one function for each.

Each takes a notebook and returns its problems, one sentence each; none for a good notebook.
"""

import ast
import builtins
import re
import symtable

from notebook_checks import code_cells, section_of_cells

# IPython puts `display` among the built-in names.
BUILT_IN = {*dir(builtins), "display"}
# A reader who wants to know where a name comes from looks through few lines.
MOST_IMPORT_LINES = 6
UNNAMED = ("lambda", "genexpr", "listcomp", "setcomp", "dictcomp")
# What they return is the backend's own: NumPy cannot read it where PyTorch computes on a GPU.
OF_THE_BACKEND = {"class_ids", "confusion_matrices", "dice_per_class", "iou_per_class"}
NETWORKS = ("model", "encoder", "network", "unet")


def python_of(cell):
    """Return a code cell's syntax tree and text, without the one magic that is allowed."""
    text = re.sub(r"^%matplotlib inline\s*$", "", cell.source, flags=re.MULTILINE)
    return ast.parse(text), text


def problems_in_python(notebook):
    """Cells are plain Python, but for %matplotlib inline."""
    problems = []
    for number, cell in code_cells(notebook):
        try:
            python_of(cell)
        except SyntaxError as error:
            problems.append(
                f"Code cell {number} is no plain Python in line {error.lineno}; expected no magics "
                "but %matplotlib inline; write it in Python."
            )
    return problems


def problems_in_parameters(notebook):
    """One tagged cell holds the short-run switch, and no other code asks for it."""
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(tagged) != 1:
        return [f"Found {len(tagged)} cells tagged parameters; expected 1; tag one code cell."]
    problems = []
    if not mentions_short_run(tagged[0]):
        problems = ["The parameters cell has no short run; expected UNETLAB_SHORT_RUN; read it."]
    return problems + [
        f"Code cell {number} asks for the short run; expected only the parameters cell to; "
        "move the choice there."
        for number, cell in code_cells(notebook)
        if cell is not tagged[0] and mentions_short_run(cell)
    ]


def mentions_short_run(cell):
    """Return whether code uses a name or a string with SHORT_RUN in it; imports do not count."""
    if cell.cell_type != "code":
        return False
    words = []
    for node in ast.walk(python_of(cell)[0]):
        words += [getattr(node, field, "") for field in ("id", "attr", "value")]
    return any("short_run" in word.lower() for word in words if isinstance(word, str))


def problems_in_imports(notebook):
    """Everything is imported in Setup, where a missing package shows at once."""
    return [
        f"Found '{ast.unparse(node)}' under {section}; expected imports in Setup; move it there."
        for cell, section in section_of_cells(notebook)
        if cell.cell_type == "code" and section != "Setup"
        for node in ast.walk(python_of(cell)[0])
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def problems_in_our_imports(notebook):
    """What comes from unetlab takes few lines, of rooms whose names a reader knows."""
    lines = [
        ast.unparse(node)
        for _, cell in code_cells(notebook)
        for node in ast.walk(python_of(cell)[0])
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "unetlab"
    ]
    if len(lines) <= MOST_IMPORT_LINES:
        return []
    return [
        f"Found {len(lines)} lines that import from unetlab; expected {MOST_IMPORT_LINES} at most; "
        "take names of several modules from unetlab itself."
    ]


def problems_in_functions(notebook):
    """A function reads its arguments, and no variable that some cell may have changed."""
    cells = [(number, *python_of(cell)) for number, cell in code_cells(notebook)]
    allowed = BUILT_IN | {name for _, tree, _ in cells for name in lasting_names(tree)}
    problems = []
    for number, _, text in cells:
        for function, name in sorted(global_reads(symtable.symtable(text, "cell", "exec"))):
            if name not in allowed:
                problems.append(
                    f"{function} in code cell {number} reads the variable {name}; expected "
                    "arguments only; pass it in."
                )
    return problems


def lasting_names(tree):
    """Yield the names that a cell's imports, functions and classes define."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name


def global_reads(table, function=None):
    """Return pairs of a function's name and a global name that it, or code within it, reads.

    Comprehensions and lambdas outside functions do not count: they are used where they stand, and
    read what their cell reads.
    """
    reads = set()
    for child in table.get_children():
        named = child.get_type() == "function" and child.get_name() not in UNNAMED
        owner = function or (child.get_name() if named else None)
        if owner:
            reads |= {(owner, s.get_name()) for s in child.get_symbols() if s.is_global()}
        reads |= global_reads(child, owner)
    return reads


def problems_on_other_backends(notebook):
    """What a backend computed reaches NumPy through Keras, and tf.data calls no network."""
    problems = []
    for number, cell in code_cells(notebook):
        tree, _ = python_of(cell)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if reads_directly(call, names_of_tensors(tree)):
                problems.append(
                    f"Code cell {number} has {ast.unparse(call)}, which fails on PyTorch with a "
                    "GPU; expected NumPy's arrays there; take keras.ops.convert_to_numpy."
                )
            elif maps_a_network(call):
                problems.append(
                    f"Code cell {number} calls a network within {ast.unparse(call)}, which only "
                    "TensorFlow can; expected predict_on_batch; call it on as_numpy_iterator()."
                )
    return problems


def names_of_tensors(tree):
    """Return the names in a cell that hold what a backend computed."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and holds_tensor(node.value, ())
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def reads_directly(call, names):
    """Return whether a call hands a backend's tensor to NumPy, or asks it for its own."""
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value
    if isinstance(owner, ast.Name) and owner.id == "np":
        return any(holds_tensor(argument, names) for argument in call.args)
    return call.func.attr == "numpy" and holds_tensor(owner, names)


def holds_tensor(node, names):
    """Return whether an expression's value comes from a backend, and not through Keras or float."""
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return name in OF_THE_BACKEND
    return any(holds_tensor(child, names) for child in ast.iter_child_nodes(node))


def maps_a_network(call):
    """Return whether a call of `map`, tf.data's, calls a network."""
    return getattr(call.func, "attr", "") == "map" and any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "").endswith(NETWORKS)
        for argument in call.args
        for node in ast.walk(argument)
    )


CODE_CHECKS = (
    problems_in_python,
    problems_in_parameters,
    problems_in_imports,
    problems_in_our_imports,
    problems_in_functions,
    problems_on_other_backends,
)
