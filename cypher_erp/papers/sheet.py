"""A sheet of paper: the shop's name on top, the number of the page at the bottom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TableCellFillMode
from fpdf.fonts import FontFace

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Noto Sans"  # has the Romanian ș ț and the Hungarian ő ű, unlike a PDF's own fonts
INK, GREY, LINE, SHADE = (28, 34, 42), (98, 108, 120), (208, 214, 222), (243, 245, 248)
MARGIN, WIDTH = 16.0, 178.0  # mm, of an A4 page


class Sheet(FPDF):
    """An A4 page in the shop's style, with as many more as it takes.

    The same content gives the same bytes, so that WhatsApp's copy of it can be used again:
    ``made_at`` is the document's own time.
    """

    def __init__(
        self,
        *,
        title: str,
        shop: str,
        foot: Sequence[str],
        words: Mapping[str, str],
        language: str,
        made_at: datetime,
    ) -> None:
        super().__init__(format="A4")
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(FAMILY, style, FONTS / f"NotoSans-{name}.ttf")
        self.set_title(title)
        self.set_author(shop)
        self.set_lang(language)
        self.set_creation_date(made_at)
        self.set_margins(MARGIN, 15, MARGIN)
        self.set_auto_page_break(auto=True, margin=24)
        self._title, self._shop, self._foot, self._words = title, shop, foot, words
        self.add_page()

    def header(self) -> None:
        """On every page but the first, which begins with more."""
        if self.page_no() == 1:
            return
        self.ink(size=8, colour=GREY)
        self.cell(WIDTH / 2, 5, self._shop)
        self.cell(WIDTH / 2, 5, self._title, align="R", new_x="LMARGIN", new_y="NEXT")
        self.rule(after=3)

    def footer(self) -> None:
        self.set_y(-19)
        self.rule(after=1.5)
        self.ink(size=7, colour=GREY)
        page = self._words["page"].format(page=self.page_no(), pages=self.str_alias_nb_pages)
        top = self.get_y()
        self.multi_cell(WIDTH - 42, 3.6, "\n".join(self._foot), align="L")
        self.set_xy(MARGIN + WIDTH - 42, top)
        self.cell(42, 3.6, page, align="R")

    def ink(self, *, size: float, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        """Write with this from now on; ``size`` in points."""
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)

    def rule(self, *, after: float) -> None:
        """Draw a line across the page and leave room below it, in mm."""
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())
        self.set_y(self.get_y() + after)

    def block(self, *, x: float, y: float, width: float, label: str, lines: Sequence[str]) -> float:
        """Write a labelled block, its first line in bold; return where it ends."""
        self.set_xy(x, y)
        self.ink(size=7.5, colour=GREY)
        self.multi_cell(width, 4, label.upper(), align="L", new_x="LEFT", new_y="NEXT")
        for place, line in enumerate(lines):
            self.ink(size=10 if place == 0 else 8.5, bold=place == 0)
            self.multi_cell(
                width, 5 if place == 0 else 4.3, line, align="L", new_x="LEFT", new_y="NEXT"
            )
        return float(self.get_y())

    def rows(
        self,
        *,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        aligns: Sequence[str],
    ) -> None:
        """Draw a table whose headings stand on top of each page; a row stays on one page."""
        self.ink(size=8.5)
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        options: dict[str, Any] = {
            "col_widths": tuple(widths),
            "text_align": tuple(aligns),
            "width": WIDTH,
            "align": "LEFT",
            "line_height": 4.4,
            "padding": (1.1, 1.4),
            "borders_layout": TableBordersLayout.HORIZONTAL_LINES,
            "cell_fill_color": SHADE,
            "cell_fill_mode": TableCellFillMode.NONE,
            "headings_style": FontFace(emphasis="BOLD", color=INK, fill_color=SHADE, size_pt=8),
        }
        with self.table(**options) as table:
            for row in (headings, *rows):
                table.row(tuple(row))
        self.rule(after=0)

    def sums(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Write the totals at the right, the last in bold, all on one page."""
        height = 5.6 * len(pairs) + 4
        if self.will_page_break(height):
            self.add_page()
        self.ln(3)
        for place, (label, amount) in enumerate(pairs):
            last = place == len(pairs) - 1
            self.ink(size=11 if last else 9, bold=last)
            self.set_x(MARGIN + WIDTH - 92)
            self.cell(52, 5.6, label, align="R")
            self.cell(40, 5.6, amount, align="R", new_x="LMARGIN", new_y="NEXT")

    def paragraph(self, text: str, *, label: str = "") -> None:
        """Write a text across the page."""
        self.ln(4)
        if label:
            self.ink(size=8.5, bold=True)
            self.cell(0, 4.6, label, new_x="LMARGIN", new_y="NEXT")
        self.ink(size=8.5)
        self.multi_cell(WIDTH, 4.4, text, align="L", new_x="LMARGIN", new_y="NEXT")
