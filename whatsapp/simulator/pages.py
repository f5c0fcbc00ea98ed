"""The phone page and its two companions, read once from the package."""

from functools import cache
from importlib.resources import files

from whatsapp.simulator.http import Response

TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
POLICY = "default-src 'self'; img-src * data:; media-src *; frame-ancestors 'none'"
HEADERS = (("cache-control", "no-cache"), ("content-security-policy", POLICY))


def find(path: str) -> Response | None:
    """Return the page or file at a path, or None."""
    if path == "/" or path.startswith("/phone/"):
        return _file("phone.html")
    name = path.removeprefix("/static/")
    return _file(name) if path.startswith("/static/") else None


@cache
def _file(name: str) -> Response | None:
    kind = TYPES.get(name.rsplit(".", 1)[-1])
    found = files("whatsapp.simulator").joinpath("static", name)
    if kind is None or "/" in name or not found.is_file():
        return None
    return Response(body=found.read_bytes(), content_type=f"{kind}; charset=utf-8", headers=HEADERS)
