"""Who may post at either door: whoever signs these very bytes."""

from __future__ import annotations

import hmac
import json

import pytest

from tests import webhook_bodies as bodies
from tests.webhooks.refusals import assert_refused
from tests.webhooks.rows import keys, one
from whatsapp.models import Message

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("secret", ["another-secret", "", "test-app-secret "])
def test_wrong_secret_has_no_effect_at_all(door, secret):
    answer = door.post(one(), signature=bodies.sign(one(), secret=secret))

    assert_refused(answer, status=401, code="webhook_validation")
    assert Message.objects.count() == 0


def test_right_digest_counts_only_behind_its_name(door):
    digest = bodies.sign(one()).removeprefix("sha256=")
    sha1 = "sha1=" + hmac.digest(b"test-app-secret", one(), "sha1").hex()

    answers = [door.post(one(), signature=given) for given in (digest, f"sha1={digest}", sha1)]

    for answer in answers:
        assert_refused(answer, status=401, code="webhook_validation")


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=țșă", "sha256=" + "0" * 64])
def test_missing_or_malformed_signature_is_refused(door, signature):
    assert_refused(door.post(one(), signature=signature), status=401, code="webhook_validation")


def test_signature_of_the_same_json_in_other_bytes_is_refused(door):
    answers = [
        door.post(one() + b" ", signature=bodies.sign(one())),
        door.post(json.dumps(json.loads(one()), indent=1).encode(), signature=bodies.sign(one())),
    ]

    for answer in answers:
        assert_refused(answer, status=401, code="webhook_validation")


def test_without_a_secret_everything_is_refused(door, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "APP_SECRETS": ()}

    answer = door.post(one(), signature=bodies.sign(one(), secret=""))

    assert_refused(answer, status=401, code="webhook_validation")


def test_both_secrets_are_good_while_they_rotate(door, settings):
    settings.WHATSAPP = {**settings.WHATSAPP, "APP_SECRETS": ("new", "old")}

    answers = [
        door.post(one("wamid.A"), signature=bodies.sign(one("wamid.A"), secret="old")),
        door.post(one("wamid.B"), signature=bodies.sign(one("wamid.B"), secret="new")),
    ]

    assert [answer.status for answer in answers] == [200, 200]
    assert keys() == ["message:wamid.A", "message:wamid.B"]
