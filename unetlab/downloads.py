"""Downloads that cannot start are given up within seconds.

Taught in: notebooks/01_pets_segmentation.ipynb
"""

import threading
import urllib.error
import urllib.request


def check_reachable(url: str, seconds: float = 5.0) -> None:
    """Raise unless a server answers within a time limit.

    Args:
        url: an address on the server, "https://...".
        seconds: how long to wait for an answer.

    Raises:
        ConnectionError: says which server did not answer, and what to do.

    Example:
        >>> check_reachable("http://127.0.0.1:9/", seconds=1)
        Traceback (most recent call last):
        ...
        ConnectionError: http://127.0.0.1:9/ does not answer (...); check the network, or ...

    Taught in: notebooks/01_pets_segmentation.ipynb
    """
    # An HTTP error is an answer too. The thread bounds the name look-up, which knows no time limit.
    failure = [f"nothing within {seconds:g} s"]
    thread = threading.Thread(target=_probe, args=(url, seconds, failure), daemon=True)
    thread.start()
    thread.join(seconds)
    if failure:
        raise ConnectionError(
            f"{url} does not answer ({failure[0]}); check the network, or use data that is "
            "already on this machine."
        )


def _probe(url, seconds, failure):
    try:
        urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds).close()
    except urllib.error.HTTPError:
        failure.clear()
    except (OSError, ValueError) as error:
        failure[0] = str(getattr(error, "reason", error))
    else:
        failure.clear()
