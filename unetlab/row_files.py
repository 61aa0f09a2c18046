"""CSV files that grow by whole rows, and are still good after the program was killed.

Taught in: notebooks/02_carvana_masking.ipynb
"""

import gzip
import os
import zlib
from pathlib import Path


def append_rows(path: str | Path, rows: list[str]) -> None:
    """Append rows to a CSV file, or to a gzipped one where its name ends in `.gz`.

    A gzip file may consist of several members, one behind the other, that read as one text: each
    call adds one. So a kill spoils only what is being written, never what was written before.

    Args:
        path: the file; made where it is missing.
        rows: the rows without their line ends.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     append_rows(f"{folder}/a.csv.gz", ["name,number", "a,1"])
        ...     append_rows(f"{folder}/a.csv.gz", ["b,2"])
        ...     gzip.open(f"{folder}/a.csv.gz", "rt").read()
        'name,number\\na,1\\nb,2\\n'

    Source: RFC 1952, section 2.2 (members).

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    with open(path, "ab") as file:
        file.write(_pack(path, rows))


def resume_rows(path: str | Path, header: str, names: list[str]) -> int:
    """Count the rows that a file already holds, after cutting off a half-written end.

    Args:
        path: the file, gzipped where its name ends in `.gz`; started where it is missing.
        header: the first row.
        names: what the first column holds, row by row, once all rows are written.

    Returns:
        The number of whole rows, the header not counted.

    Raises:
        ValueError: the header or the first column is another; the file is left as it was.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "a.csv"
        ...     _ = path.write_text("name,number\\na,1\\nb,")
        ...     resume_rows(path, "name,number", ["a", "b"]), path.read_text()
        (1, 'name,number\\na,1\\n')

    Taught in: notebooks/02_carvana_masking.ipynb
    """
    path = Path(path)
    if not path.exists() or not path.stat().st_size:
        # Renamed once whole: a file without the header is never ours, and is not touched.
        started = Path(f"{path}.started")
        started.write_bytes(_pack(path, [header]))
        started.replace(path)
    count, whole = -1, 0
    with path.open("rb") as file:
        for text, end in (_whole_members if _is_gzip(path) else _whole_lines)(file):
            for line in text.splitlines():
                _check_row(path, count, line.decode(errors="replace"), header, names)
                count += 1
            whole = end
    if count < 0:
        _check_row(path, count, "", header, names)
    if whole < path.stat().st_size:
        os.truncate(path, whole)
    return count


def _is_gzip(path) -> bool:
    return str(path).endswith(".gz")


def _pack(path, rows) -> bytes:
    text = "".join(f"{row}\n" for row in rows).encode()
    # Without a time stamp, so that the same rows are the same bytes.
    return gzip.compress(text, 6, mtime=0) if _is_gzip(path) else text


def _whole_lines(file):
    for line in file:
        if line.endswith(b"\n"):
            yield line, file.tell()


def _whole_members(file):
    end = 0
    while True:
        file.seek(end)
        member, pieces = zlib.decompressobj(wbits=31), []
        while not member.eof:
            data = file.read(16384)
            if not data:
                return
            try:
                pieces.append(member.decompress(data))
            except zlib.error:
                return
        end = file.tell() - len(member.unused_data)
        yield b"".join(pieces), end


def _check_row(path, index, line, header, names):
    found, expected = (line, header) if index < 0 else (line.split(",")[0], "no more rows")
    if 0 <= index < len(names):
        expected = names[index]
    if found != expected or index >= len(names):
        raise ValueError(
            f"{path} is the wrong CSV to go on with: row {index + 1} begins {found[:50]!r}, "
            f"expected {expected!r}: give the photos that it was begun with, or another path."
        )
