from __future__ import annotations

import hashlib
import hmac

import pytest

from whatsapp.gateway import signature

BODY = b'{"entry":[],"text":"Mul\\u021bumesc"}'


def signed(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_signature_of_these_bytes_is_valid():
    header = signed(BODY, "new")

    assert signature.is_valid(body=BODY, header=header, secrets=("new",))


@pytest.mark.parametrize("secret", ["new", "old"])
def test_every_configured_secret_is_valid_while_they_rotate(secret):
    header = signed(BODY, secret)

    assert signature.is_valid(body=BODY, header=header, secrets=("new", "old"))


def test_known_digest_is_valid():
    header = "sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13"

    assert signature.is_valid(body=b"{}", header=header, secrets=("secret",))
    assert not signature.is_valid(body=b"{ }", header=header, secrets=("secret",))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        signed(BODY, "other"),
        signed(BODY + b" ", "new"),
        signed(BODY, "new").upper(),
        signed(BODY, "new").removeprefix("sha256="),
        signed(BODY, "new").replace("sha256=", "sha1="),
        signed(BODY, "new") + "0",
        " " + signed(BODY, "new"),
        "sha256=ă\udcff",
        "sha1=" + hmac.new(b"new", BODY, hashlib.sha1).hexdigest(),
    ],
)
def test_any_other_header_is_refused(header):
    assert not signature.is_valid(body=BODY, header=header, secrets=("new",))


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_valid(secrets):
    assert not signature.is_valid(body=BODY, header=signed(BODY, ""), secrets=secrets)
