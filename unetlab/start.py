"""The start: memory that stays with the program, and TensorFlow without its lines in red.

What these lines say, `show_machine` says in words. Set TF_CPP_MIN_LOG_LEVEL=0 before the start to
read them all the same.
"""

import ctypes
import os
import sys
import tempfile
from contextlib import contextmanager, nullcontext


def keep_freed_memory() -> None:
    """Keep what is freed for what is allocated next, on Linux.

    A training step frees gigabytes and allocates as much again. The C library hands large pieces
    back to Linux at once, and Linux hands them out anew page by page, each one cleared: on a
    virtual machine, a quarter of the processor's time in steps of eight images of 256 x 384 pixels.
    """
    if sys.platform == "linux":
        mallopt = ctypes.CDLL(None).mallopt
        mmap_max, trim_threshold, arena_max = -4, -1, -8  # as in malloc.h
        # Large pieces come from the heap, too. It never shrinks, and it is the only one: a heap of
        # a thread's own ends at 64 MB.
        mallopt(mmap_max, 0)
        mallopt(trim_threshold, -1)
        mallopt(arena_max, 1)


def start_tensorflow() -> None:
    """Import TensorFlow quietly, and leave the GPU's memory to the backend that trains.

    TensorFlow takes nearly all of a GPU's memory once it uses it. Where Keras runs on JAX or
    PyTorch, tf.data prepares the batches on the processor, and TensorFlow needs no GPU at all.
    """
    quiet = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") != "0"
    # The level counts only once TensorFlow has read it: what it says before that comes anyway.
    with hold_back_errors() if quiet else nullcontext():
        import keras
        import tensorflow as tf

        # The first look for a GPU says its share, too.
        if tf.config.list_physical_devices("GPU") and keras.backend.backend() != "tensorflow":
            tf.config.set_visible_devices([], "GPU")
    if quiet:
        # It warns of new photo sizes and new models, which are nobody's fault here.
        tf.get_logger().setLevel("ERROR")


@contextmanager
def hold_back_errors():
    """Keep back what anything writes to standard error; where an error ends the block, write it."""
    try:
        errors = os.dup(2)
    except OSError:  # a program without standard error, such as pythonw
        yield
        return
    _flush()
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            _flush()
            kept.seek(0)
            os.write(errors, kept.read())
            raise
        finally:
            _flush()
            os.dup2(errors, 2)
            os.close(errors)


def _flush() -> None:
    if sys.__stderr__ is not None:
        sys.__stderr__.flush()
