"""Who is on the other side: phone numbers as Meta rewrites them, and business-scoped ids."""

import re
from dataclasses import dataclass

from whatsapp.simulator.encoding import stable_number

COUNTRY_OF_CODE = {
    "1": "US", "30": "GR", "31": "NL", "32": "BE", "33": "FR", "34": "ES", "36": "HU", "39": "IT",
    "40": "RO", "43": "AT", "44": "GB", "48": "PL", "49": "DE", "52": "MX", "54": "AR", "55": "BR",
    "359": "BG", "373": "MD", "380": "UA", "381": "RS", "90": "TR",
}  # fmt: skip
BSUID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass(slots=True, kw_only=True, eq=False)
class Customer:
    """A person on WhatsApp. `wa_id` is digits; a username may hide it from businesses."""

    wa_id: str
    user_id: str
    name: str = ""
    username: str = ""
    phone_hidden: bool = False
    marketing_stopped: bool = False

    @property
    def key(self) -> str:
        """Return what the phone page and the control paths call this person."""
        return self.wa_id or self.user_id


def digits_of(text: str) -> str:
    """Return only the digits."""
    return re.sub(r"\D", "", text)


def country_code_of(digits: str) -> str:
    """Return the calling code a number begins with, or an empty text."""
    return next((digits[:n] for n in (1, 2, 3) if digits[:n] in COUNTRY_OF_CODE), "")


def wa_id_of(dialled: str, *, own_display: str) -> str:
    """Return the digits Meta makes of `to`.

    Without `+` and without a known country code the business number's own code is put in front.
    Brazil loses the ninth digit and Mexico gains a 1, so `wa_id` can differ from what was dialled.
    """
    digits = digits_of(dialled)
    if not digits:
        return ""
    if not dialled.lstrip().startswith("+") and not (len(digits) >= 10 and country_code_of(digits)):
        digits = country_code_of(digits_of(own_display)) + digits
    if re.fullmatch(r"55[3-9]\d9\d{8}", digits):
        return digits[:4] + digits[5:]
    if re.fullmatch(r"52\d{10}", digits):
        return "521" + digits[2:]
    return digits


def user_id_for(wa_id: str, *, owner: int = 0) -> str:
    """Return the business-scoped id of a phone's n-th owner: the same in every run."""
    country = COUNTRY_OF_CODE.get(country_code_of(wa_id), "US")
    parts = ("bsuid", wa_id, str(owner)) if owner else ("bsuid", wa_id)
    return f"{country}.{stable_number(*parts)}"
