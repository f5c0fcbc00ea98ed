"""Small real files, for media messages that bring none."""

import struct
import zlib

PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""
WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f00000010071011118888fe0700")
OGG = (
    b"OggS\x00\x02" + b"\x00" * 8 + b"SIM0" + b"\x00" * 8 + b"\x01\x13OpusHead\x01\x01\x38\x01"
    b"\x80\xbb\x00\x00\x00\x00\x00"
)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08free"


def png(width: int = 240, height: int = 160) -> bytes:
    """Return a picture one can see: a gradient."""
    rows = b"".join(
        b"\x00"
        + bytes(c for x in range(width) for c in (40, 90 + 130 * x // width, 255 * y // height))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def sample(kind: str) -> tuple[bytes, str, str]:
    """Return (bytes, MIME type, file name) for a kind of media message."""
    match kind:
        case "document":
            return PDF, "application/pdf", "document.pdf"
        case "sticker":
            return WEBP, "image/webp", ""
        case "audio":
            return OGG, "audio/ogg; codecs=opus", ""
        case "video":
            return MP4, "video/mp4", ""
        case _:
            return png(), "image/png", ""
