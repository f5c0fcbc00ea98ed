"""What can be wrong with a template, in words: one table, so that screens can translate it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

WORDS: Mapping[str, str] = MappingProxyType(
    {
        # Meta would refuse it
        "name": "Use a-z, 0-9 and _ only, at most 512 characters.",
        "language": "Use Meta's code, such as ro, en_US or hu.",
        "category": "Use MARKETING, UTILITY or AUTHENTICATION.",
        "parameter_format": "Use NAMED or POSITIONAL.",
        "part_unknown": "%(kind)s is not supported.",
        "part_without_type": "A part has no type.",
        "part_twice": "A template has at most one of these.",
        "no_body": "A template needs a body.",
        "empty": "The text is empty.",
        "too_long": "%(length)s characters; Meta takes %(limit)s.",
        "header_without_sample": "A header file needs a sample.",
        "header_without_format": "A header has a format: TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION.",
        "header_format": "The format %(kind)s is not supported.",
        "header_lines": "A header is one line.",
        "header_variables": "A header has at most one variable.",
        "edge": "A body must not begin or end with a variable.",
        "touching": "Two variables must not touch.",
        "ratio": "There are too many variables for so few words.",
        "footer_variables": "A footer has no variables.",
        "brace": "A double brace has no partner.",
        "named_variable": "{{%(name)s}}: variables are named lower-case letters, digits and _.",
        "numbered_variable": "{{%(name)s}}: variables are named 1, 2, 3 ….",
        "mixed": "Variables are either all names or all numbers.",
        "gap": "Variables are numbered from 1 without gaps.",
        "no_sample": "Variables without a sample: %(names)s.",
        "sample_spaces": "The sample of %(name)s has a line break, a tab or more than 4 spaces.",
        "no_buttons": "There is no button.",
        "buttons_many": "At most %(limit)s buttons.",
        "buttons_of_a_kind": "At most %(limit)s of the kind %(kind)s.",
        "replies_apart": "Quick replies stand together, before all other buttons or after them.",
        "labels_alike": "Button texts must differ.",
        "button_unknown": "The kind %(kind)s is not supported.",
        "button_without_type": "A button has no kind.",
        "label_variables": "A button's text has no variables.",
        "phone": "A phone number has its country code and digits, such as +40312345678.",
        "url_scheme": "The URL begins with https:// or http://.",
        "url_spaces": "The URL has a space or a line break.",
        "url_variable": "A URL has one variable, {{1}}, at its end.",
        "url_without_sample": "A URL with a variable needs a sample.",
        "otp_parts": "A template for codes has no header; its texts are Meta's.",
        "otp_minutes": "A code is valid for 1 to 90 minutes.",
        "otp_button": "A template for codes has one button, of the kind OTP.",
        "otp_type": "The button copies the code (COPY_CODE) or fills it in (ONE_TAP, ZERO_TAP).",
        "duplicate": "%(name)s has the same body and footer; Meta takes each text once.",
        # Meta may take it, but it costs money, quality or time
        "promotional": "Reads as promotional, so Meta may make it MARKETING: %(words)s.",
        "header_marks": "Meta takes no emoji and no formatting (* _ ~ `) in a header.",
        "label_emoji": "Meta takes no emoji in a button's text.",
        "blank_lines": "More than one empty line in a row; Meta may refuse it.",
        "many_emoji": "%(count)s emoji; Meta refuses a body with more than 10.",
        "short_url": "A shortened address (%(host)s) is often refused; write the whole one.",
        "listed_sample": "The sample is an address from Meta's list; upload the file again first.",
        "cedilla": "Romanian is written ș and ț with a comma below, not %(letters)s.",
        "own_category": "A template for codes is AUTHENTICATION, or Meta refuses it.",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why Meta would refuse the template, or a warning; ``field`` names where it lies."""

    field: str
    code: str
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    is_warning: bool = False

    @property
    def message(self) -> str:
        return WORDS[self.code] % self.values if self.values else WORDS[self.code]


def length_problems(field: str, text: str, *, limit: int) -> Iterator[Problem]:
    """Tell of a text that is blank or longer than Meta takes."""
    if not text.strip():
        yield Problem(field=field, code="empty")
    if len(text) > limit:
        yield Problem(field=field, code="too_long", values={"length": len(text), "limit": limit})
