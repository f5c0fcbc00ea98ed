"""What a file says of itself in its headers, read without decoding it.

``Peek`` gives the bytes at a place of the file: a film's table may stand at its end.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

Peek = Callable[[int, int], bytes]  # where, how many

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_COLOURS = (2, 6)  # RGB, RGBA
_JPEG = b"\xff\xd8"
_BARE_MARKERS = frozenset((0x01, *range(0xD0, 0xD9)))  # segments without a length
_NO_FRAMES = frozenset((0xC4, 0xC8, 0xCC))  # tables that stand between the frames' numbers
_SEGMENTS = 1000  # of a JPEG, or boxes of a film, at most

# The first brand of an ISO container says what is in it, mostly
_BRANDS = {
    b"3gp": "video/3gpp",
    b"3g2": "video/3gpp2",
    b"qt  ": "video/quicktime",
    b"M4A": "audio/mp4",
    b"M4B": "audio/mp4",
    b"iso": "video/mp4",
    b"mp4": "video/mp4",
    b"avc1": "video/mp4",
    b"dash": "video/mp4",
    b"MSNV": "video/mp4",
    b"M4V": "video/mp4",
}
_FILM = "video/mp4"
_TABLE_READ = 4 * 1024 * 1024  # bytes of a film's table that are looked through


def container_type(peek: Peek, *, is_sound: bool = False) -> str:
    """Return the type of an ISO container, such as MP4 or 3GP, by its brand; '' for any other.

    What is sent as a sound (``is_sound``) is one if it is an MP4 that shows no pictures.
    """
    head = peek(0, 12)
    if head[4:8] != b"ftyp":
        return ""
    brand = head[8:12]
    found = next((kind for name, kind in _BRANDS.items() if brand.startswith(name)), "")
    is_heard = is_sound and found == _FILM and b"vide" not in _tracks(peek)
    return "audio/mp4" if is_heard else found


def _tracks(peek: Peek) -> set[bytes]:
    """The kinds of track that an MP4's table names."""
    for kind, start, size in _boxes(peek):
        if kind == b"moov":
            table = peek(start, min(size, _TABLE_READ))
            places = _places(table, b"hdlr")
            return {table[at + 12 : at + 16] for at in places}
    return set()


def _boxes(peek: Peek) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of the first level: kind, place, size."""
    start = 0
    for _ in range(_SEGMENTS):
        head = peek(start, 16)
        if len(head) < 8:
            return
        size, kind = int.from_bytes(head[:4]), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:16])
        if size == 0:
            size = _TABLE_READ  # to the end
        if size < 8:
            return
        yield kind, start, size
        start += size


def _places(data: bytes, word: bytes) -> Iterator[int]:
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + 1)


def is_plain_picture(peek: Peek) -> bool:
    """Tell whether a PNG or JPEG has 8 bits for each of red, green and blue.

    Also True where the header does not say it.
    """
    head = peek(0, 26)
    if head.startswith(_PNG):
        return head[12:16] != b"IHDR" or (head[24] == 8 and head[25] in _PNG_COLOURS)
    frame = _jpeg_frame(peek) if head.startswith(_JPEG) else b""
    return len(frame) < 6 or (frame[0] == 8 and frame[5] == 3)


def _jpeg_frame(peek: Peek) -> bytes:
    """The frame's header: bits, height, width, number of colours; empty if there is none."""
    at = len(_JPEG)
    for _ in range(_SEGMENTS):
        head = peek(at, 4)
        if len(head) < 4 or head[0] != 0xFF:
            return b""
        marker = head[1]
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _BARE_MARKERS:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            return peek(at + 4, 6)
        else:
            at += 2 + struct.unpack(">H", head[2:])[0]
    return b""
