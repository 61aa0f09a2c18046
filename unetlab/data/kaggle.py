"""A competition's files through Kaggle's own client, with clear words when that cannot be."""

import shutil
import tempfile
import zipfile
from pathlib import Path

from unetlab.data.sources import check_reachable

SERVER = "https://www.kaggle.com/"


def download_competition(
    competition: str, archives: tuple[str, ...], folder: str | Path, server: str = SERVER
) -> None:
    """Download ZIP archives of a Kaggle competition and unpack them into a folder.

    Args:
        competition: the name in the competition's address.
        archives: names of its archives; "train.zip" holds a folder "train".
        folder: where to unpack them; made where it is missing.
        server: an address that has to answer before the client starts.

    Raises:
        ConnectionError: Kaggle's client is not installed or has no key, the competition's rules
            are not accepted, Kaggle cannot be reached, or the download broke off.

    Example:
        >>> download_competition("titanic", ("train.zip",), "data", server="http://127.0.0.1:9/")
        Traceback (most recent call last):
        ...
        ConnectionError: ...

    Source: the client's description, https://github.com/Kaggle/kagglehub.
    """
    try:
        import kagglehub
    except ImportError as error:
        raise ConnectionError("Kaggle's client is not installed; pip install kagglehub.") from error
    check_reachable(server)
    for archive in archives:
        if (Path(folder) / Path(archive).stem).is_dir():
            continue
        try:
            unpack(kagglehub.competition_download(competition, path=archive), folder)
        except Exception as error:  # The client lets through whatever its many layers raise.
            raise ConnectionError(explain(error, competition)) from error


def explain(error: Exception, competition: str) -> str:
    """Say in one sentence why Kaggle's client failed, and what to do.

    Args:
        error: what the client raised.
        competition: the name in the competition's address.

    Returns:
        The sentence.

    Example:
        >>> explain(OSError("disk full"), "titanic")
        "the download of Kaggle's titanic broke off (disk full); try again."
    """
    status = getattr(getattr(error, "response", None), "status_code", None)
    if type(error).__name__ == "UnauthenticatedError":
        return (
            "Kaggle's client found no key; make one on Kaggle under Settings, API, and keep it in "
            "~/.kaggle/kaggle.json or in KAGGLE_USERNAME and KAGGLE_KEY."
        )
    if status == 401:
        return (
            "Kaggle refuses the key (HTTP 401); make a new one under Settings, API, for "
            "~/.kaggle/kaggle.json or KAGGLE_USERNAME and KAGGLE_KEY."
        )
    if status == 403:
        return (
            "Kaggle refuses the files (HTTP 403); accept the rules of the competition on "
            f"{SERVER}c/{competition}/rules."
        )
    reason = str(error).strip().split("\n")[0] or type(error).__name__
    return f"the download of Kaggle's {competition} broke off ({reason}); try again."


def unpack(archive: str | Path, folder: str | Path) -> None:
    """Unpack a ZIP archive into a folder, whole or not at all, and delete the archive.

    Args:
        archive: the ZIP file; what it holds lies in folders.
        folder: where these go; made where it is missing.

    Raises:
        zipfile.BadZipFile: the file is no ZIP archive, or a damaged one.

    Example:
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with zipfile.ZipFile(f"{folder}/train.zip", "w") as archive:
        ...         archive.writestr("train/a.txt", "text")
        ...     unpack(f"{folder}/train.zip", folder)
        ...     [path.name for path in Path(folder).rglob("*")]
        ['train', 'a.txt']
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that moving is renaming: a run cut short leaves no half-filled folder.
    with tempfile.TemporaryDirectory(dir=folder) as half_done:
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(half_done)
        for path in Path(half_done).iterdir():
            shutil.move(path, folder / path.name)
    Path(archive).unlink()
