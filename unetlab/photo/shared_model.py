"""One model for all visitors of the studio's page: the process that has it, and who asks it.

A visitor's own process imports no TensorFlow, which would be most of its memory and of its start.
It sends a photo over a socket, and gets the subject's probability back. `page.py` starts the
process of the model, and starts it again when it ends.
"""

import io
import os
import sys
import time
from contextlib import suppress
from functools import lru_cache
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import Lock, Thread

import numpy as np

from unetlab.checks import check_image
from unetlab.data import stamp_of

# The environment variable that holds the address; `unetlab` itself looks at it too.
ADDRESS = "UNETLAB_SHARED_MODEL"
MOST_BYTES = 40_000_000  # of one photo's pixels: a little more than `read_upload` lets through
SECONDS = 120  # to wait for the process: many photos may be before this one


class SharedModel:
    """A model in another process, as a function from a photo to the subject's probability.

    Args:
        address: where `serve_model` listens.
        path: the model's file, as in `open_network`; a newer file is opened when it is there.

    Attributes:
        about: a line on the network that answered last.

    Example:
        >>> SharedModel("/nowhere", "model.keras")(np.zeros([40, 50], np.uint8))
        Traceback (most recent call last):
        ...
        ValueError: the image is uint8 (40, 50), but it must be [H, W, 3]; turn grey into RGB, ...
    """

    def __init__(self, address: str, path: str | Path):
        self.address, self.path = address, str(path)
        self.about, self._stamp = "", None

    def __call__(self, image) -> np.ndarray:
        """Predict one photo.

        Args:
            image: uint8 [H, W, 3], 0..255.

        Returns:
            float32 [H, W, 1], 0..1.

        Raises:
            ValueError: the image is not one, or too large to be sent.
            RuntimeError: the process is not there, ends or is silent, or says what went wrong.
        """
        image = check_image(image)
        if image.nbytes > MOST_BYTES:
            raise ValueError(
                f"the image has {image.nbytes / 1e6:.0f} MB, expected {MOST_BYTES // 10**6} at "
                "most: make it smaller."
            )
        stamp = stamp_of(self.path)
        reply = self._ask(image)
        if isinstance(reply, str):
            raise RuntimeError(reply)
        probability, self.about = reply
        self._stamp = stamp
        return probability

    def is_outdated(self) -> bool:
        """Tell whether the model's file is another than the one that answered last."""
        return stamp_of(self.path) != self._stamp

    def _ask(self, image):
        with self._connect() as connection:
            try:
                connection.send_bytes(self.path.encode())
                connection.send_bytes(_to_bytes(image))
                answered = connection.poll(SECONDS)
                reply = connection.recv() if answered else None
            except (EOFError, OSError) as error:
                raise RuntimeError(
                    "the model's process ended while it looked at the photo, and is started again: "
                    "choose or send the photo once more."
                ) from error
        if not answered:
            raise RuntimeError(
                f"the model's process has said nothing for {SECONDS} seconds: try once more, or "
                "start the page again."
            )
        return reply

    def _connect(self) -> Connection:
        patience = time.monotonic() + SECONDS
        while True:
            try:
                return Client(self.address)
            except OSError as error:  # It starts, for the first time or once more.
                if time.monotonic() > patience:
                    raise RuntimeError(
                        f"the model's process could not be reached for {SECONDS} seconds: start "
                        "the page again."
                    ) from error
            time.sleep(0.1)


def open_network(path: str | Path) -> tuple:
    """Open a saved model, or the starter where there is none.

    Args:
        path: a model's file, as notebook 04 saves it.

    Returns:
        A `keras.Model`, and a line that says which one it is.

    Example:
        >>> open_network("/nowhere.keras")[1]
        'Model: the starter that comes with unetlab; there is none at /nowhere.keras yet, ...
    """
    # Imported here: who only asks needs neither, and a saved model needs unetlab's own layers.
    import keras

    from unetlab import load_starter

    if Path(path).is_file():
        network = keras.saving.load_model(path, compile=False)
        return network, f"Model: {path}, as notebook 04 saved it."
    about = (
        f"Model: the starter that comes with unetlab; there is none at {path} yet, where notebook "
        "04 saves its own."
    )
    return load_starter(num_classes=2), about


def serve_model(address: str) -> None:
    """Answer every `SharedModel` at the address, one photo at a time, until the process ends.

    Args:
        address: a path of a socket, in a folder that nobody else may enter.
    """
    Path(address).unlink(missing_ok=True)  # left by a process that was killed
    one_at_a_time = Lock()
    # A new stamp is a new file: the network before is let go.
    newest = lru_cache(maxsize=1)(lambda path, stamp: open_network(path))

    def answer(connection: Connection) -> None:
        with connection, suppress(EOFError, OSError):  # when the visitor has left
            path = connection.recv_bytes(10_000).decode()
            content = connection.recv_bytes(MOST_BYTES + 1000)
            with one_at_a_time:
                reply = _judge(newest, path, content)
            connection.send(reply)

    with Listener(address, backlog=100) as listener:
        while True:
            # A thread for each, so that none who is slow to send or to read holds up the others.
            Thread(target=answer, args=[listener.accept()], daemon=True).start()


def _judge(newest, path: str, content: bytes):
    from unetlab.photo.looks import predict_probability

    try:
        network, about = newest(path, stamp_of(path))
        image = np.load(io.BytesIO(content), allow_pickle=False)
        return predict_probability(network, image), about
    # Whatever it is, the visitor reads it, and the process goes on for the others.
    except Exception as error:
        return str(error) or type(error).__name__


def _to_bytes(image: np.ndarray) -> memoryview:
    buffer = io.BytesIO()
    np.save(buffer, image, allow_pickle=False)
    return buffer.getbuffer()


def _end_with_the_parent() -> None:
    # The other end of the pipe closes however the parent ends.
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    Thread(target=_end_with_the_parent, daemon=True).start()
    serve_model(sys.argv[1])
