"""What holds for every figure: none is left open, and saved it shows something."""

import io

import matplotlib.pyplot as plt


def check_saved(*figures):
    """Save the figures as PNG and look at them."""
    assert plt.get_fignums() == []
    for figure in figures:
        file = io.BytesIO()
        figure.savefig(file, format="png")
        assert plt.imread(io.BytesIO(file.getvalue())).std() > 0.02
