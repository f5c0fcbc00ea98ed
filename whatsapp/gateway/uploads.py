"""A file as the body of an upload: multipart/form-data, read from its storage while it leaves.

One block of the file is in memory at a time. The length is announced beforehand: that Meta takes
chunked encoding is written nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import IO

from urllib3 import encode_multipart_formdata
from urllib3.filepost import choose_boundary

BLOCK = 64 * 1024  # bytes


class FileForm:
    """The form of one file. ``requests`` sees an iterable of known length and streams it.

    ``size`` in bytes; OSError while it is read if the file turns out to have another one, because
    what was announced could not be kept.
    """

    def __init__(self, *, file: IO[bytes], size: int, mime_type: str, filename: str) -> None:
        boundary = choose_boundary()
        empty, self.content_type = encode_multipart_formdata(
            [
                ("messaging_product", "whatsapp"),
                ("type", mime_type),
                ("file", (filename, b"", mime_type)),
            ],
            boundary,
        )
        self._end = f"\r\n--{boundary}--\r\n".encode()
        self._start = empty.removesuffix(self._end)
        self._file, self._size = file, size

    def __len__(self) -> int:
        return len(self._start) + self._size + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        yield from chain([self._start], _blocks(self._file, self._size), [self._end])


class FileRest:
    """What is left of a file from where it stands: ``size`` bytes, streamed as ``FileForm``."""

    def __init__(self, *, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        yield from _blocks(self._file, self._size)


def _blocks(file: IO[bytes], left: int) -> Iterator[bytes]:
    while left:
        block = file.read(min(BLOCK, left))
        if not block:
            raise OSError(f"The file is {left} bytes shorter than it was.")
        left -= len(block)
        yield block
    if file.read(1):
        raise OSError("The file is longer than it was.")
