"""Errors in Meta's shape: code, HTTP status of the November 2025 list, title."""

import os

from whatsapp.simulator.encoding import Json, dumps
from whatsapp.simulator.http import JSON_TYPE, Response

HREF = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"
)

CODES: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "Application request limit reached"),
    10: (403, "Permission Denied"),
    17: (400, "User request limit reached"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    104: (400, "An access token is required"),
    190: (401, "Access token has expired"),
    200: (403, "Permissions error"),
    341: (400, "Application limit reached"),
    368: (403, "Temporarily blocked for policies violations"),
    613: (400, "Calls to this api have exceeded the rate limit"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Account has been locked"),
    131037: (400, "Display name approval needed"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "Message withheld for healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "Pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131059: (400, "Invalid paging cursor"),
    131060: (400, "Message content is not available"),
    131062: (400, "Business-scoped user id not allowed for this message"),
    132000: (400, "Number of parameters does not match the expected number of params"),
    132001: (404, "Template name does not exist in the translation"),
    132005: (400, "Translated text too long"),
    132007: (400, "Template format character policy violated"),
    132012: (400, "Parameter format does not match format in the created template"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    132018: (400, "Template parameters are not valid"),
    133004: (503, "Server temporarily unavailable"),
    133010: (400, "Phone number not registered"),
    135000: (400, "Generic user error"),
    137000: (400, "Recipient identity key hash mismatch"),
}


def title_of(code: int) -> str:
    """Return the title of a code, known or not."""
    return CODES.get(code, (400, "Unknown error"))[1]


class GraphError(Exception):
    """A call that Meta refuses."""

    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        status: int = 0,
        subcode: int = 0,
        user_message: str = "",
        retry_after: float = 0,
    ) -> None:
        super().__init__(f"(#{code}) {title_of(code)}: {details}")
        self.code = code
        self.details = details
        self.status = status or CODES.get(code, (400, ""))[0]
        self.subcode = subcode
        self.user_message = user_message
        self.retry_after = retry_after

    def body(self) -> Json:
        """Return the error object as Graph prints it."""
        error: Json = {
            "message": f"(#{self.code}) {title_of(self.code)}",
            "type": "OAuthException",
            "code": self.code,
        }
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.user_message:
            error |= {
                "is_transient": False,
                "error_user_title": title_of(self.code),
                "error_user_msg": self.user_message,
            }
        error["fbtrace_id"] = "SIM" + os.urandom(8).hex()
        return {"error": error}

    def response(self) -> Response:
        """Return the whole answer."""
        retry = (("retry-after", f"{self.retry_after:g}"),) if self.retry_after else ()
        return Response(
            status=self.status,
            body=dumps(self.body()),
            content_type=JSON_TYPE,
            headers=retry,
            code=self.code,
        )


def status_error(code: int, details: str = "") -> Json:
    """Return an error as it stands in a webhook."""
    title = title_of(code)
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or f"Simulated: {title}."},
        "href": HREF,
    }
