"""A lesson in the background: the network learns while a person goes on painting."""

import threading
from collections.abc import Callable

import keras

from unetlab.label.teaching import teach


class Teaching:
    """Begin to teach in a thread of its own, and return at once.

    Any older model can predict meanwhile: the lesson builds a new one and touches no other, nor
    the global seed. The images, masks and kept features must not be changed before it is done, and
    one `KeptFeatures` serves one lesson at a time.

    Args:
        *arguments: as in `teach`.
        progress: as in `teach`; it is called from the lesson's thread.
        **options: as in `teach`; `features` may also be a function that makes them, called in the
            lesson's thread, as an encoder takes seconds to build.

    Example:
        >>> import numpy as np
        >>> from unetlab.label import KeptFeatures
        >>> kept = KeptFeatures(32, weights="starter")
        >>> image, mask = np.full([32, 32, 3], 200, np.uint8), np.zeros([32, 32, 1], np.uint8)
        >>> teaching = Teaching([image], [mask], image_size=32, features=kept)
        >>> teaching.stop()
        >>> teaching.wait().output_shape, teaching.is_done
        ((None, 32, 32, 1), True)
    """

    def __init__(self, *arguments, progress: Callable[[float], object] | None = None, **options):
        self.share, self._model, self._error = 0.0, None, None
        self._progress, self._stopped = progress, threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(arguments, options), name="teaching", daemon=True
        )
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether the lesson has ended, well or not."""
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Ask the lesson to end soon, with what has been learned so far."""
        self._stopped.set()

    def wait(self, seconds: float | None = None) -> keras.Model:
        """Wait for the lesson's end.

        Args:
            seconds: how long at most; None for as long as it takes.

        Returns:
            The model.

        Raises:
            TimeoutError: the lesson has not ended yet.
            ValueError: as in `teach`; what went wrong in the thread is raised here.
        """
        self._thread.join(seconds)
        if not self.is_done:
            raise TimeoutError(
                f"the lesson is at {self.share:.0%} after {seconds} more seconds: wait longer, or "
                "stop it."
            )
        if self._error is not None:
            raise self._error
        return self._model

    def _run(self, arguments, options):
        try:
            if callable(make := options.get("features")):
                options["features"] = make()
            self._model = teach(*arguments, progress=self._note, **options)
        except BaseException as error:  # raised by `wait`, where somebody is listening
            self._error = error

    def _note(self, share: float):
        self.share = share
        wished = self._progress(share) if self._progress else None
        return False if self._stopped.is_set() else wished
