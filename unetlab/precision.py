"""Precision: whether this processor has hardware for numbers of half the length.

Taught in: notebooks/06_train_faster.ipynb
"""

from pathlib import Path

# Tiles of bfloat16 are multiplied in hardware. Without them (avx512_bf16 alone, for instance) the
# convolutions gain less than the other layers lose.
FAST_FLAG = "amx_bf16"


def quickest_policy(processor_file: str | Path = "/proc/cpuinfo") -> str:
    """Name the Keras dtype policy in which the processor convolves the fastest.

    A whole training step gains less, and may gain nothing: its other layers are no faster.

    Weights stay float32 under either policy, and so do this package's logits and losses.

    Args:
        processor_file: where Linux describes the processor; other systems have no such file, and
            get float32.

    Returns:
        "mixed_bfloat16" for processors that say they multiply tiles of bfloat16, else "float32".

    Example:
        >>> quickest_policy("/no/such/file")
        'float32'

    Source: Intel's Architecture Instruction Set Extensions, chapter 3 (AMX); the flag's name is
    Linux's.

    Taught in: notebooks/06_train_faster.ipynb
    """
    try:
        description = Path(processor_file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "float32"
    flags = [line for line in description.splitlines() if line.startswith("flags")]
    return "mixed_bfloat16" if flags and FAST_FLAG in flags[0].split() else "float32"
