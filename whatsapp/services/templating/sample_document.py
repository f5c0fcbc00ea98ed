"""A paper for Meta's reviewers: one page that says it is a sample, as small as a PDF can be."""

from __future__ import annotations

_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    b"/Resources<</Font<</F 5 0 R>>>>>>",
    b"<</Length 47>>stream\nBT /F 28 Tf 72 740 Td (Document: sample) Tj ET \nendstream",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


def pdf() -> bytes:
    """Return the file, with the table of its objects' places that a PDF ends with."""
    file = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(_OBJECTS, start=1):
        places.append(len(file))
        file += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(_OBJECTS) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % count
    end = b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(file))
    return file + head + table + end
