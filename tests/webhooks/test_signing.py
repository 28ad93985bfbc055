"""Standard Webhooks, as the specification's own library reads it."""

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.errors import InvalidArguments
from gateway.signing import Secret, checked_secret, new_secret, signed

BODY = '{"name":"button.pressed","text":"Küche"}'.encode()


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def test_the_specifications_library_verifies_a_signature() -> None:
    secret = new_secret()
    headers = signed([secret], "h1-7.w1", now(), BODY)
    assert Webhook(secret.text).verify(BODY, headers) == {
        "name": "button.pressed",
        "text": "Küche",
    }


def test_the_signature_is_the_one_that_the_library_makes() -> None:
    secret, at = new_secret(), 1_767_355_200
    made = Webhook(secret.text).sign("h1-7.w1", datetime.fromtimestamp(at, UTC), BODY.decode())
    assert signed([secret], "h1-7.w1", at, BODY) == {
        "webhook-id": "h1-7.w1",
        "webhook-timestamp": str(at),
        "webhook-signature": made,
    }


def test_during_a_rotation_both_secrets_sign() -> None:
    new, old = new_secret(), new_secret()
    headers = signed([new, old], "h1-7.w1", now(), BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (new, old):
        Webhook(secret.text).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret().text).verify(BODY, headers)


def test_a_changed_body_is_not_verified() -> None:
    secret = new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret.text).verify(BODY + b" ", signed([secret], "h1-7.w1", now(), BODY))


def test_a_secret_that_is_made_is_long_enough_and_new_each_time() -> None:
    assert len(new_secret().key) == 32
    assert new_secret() != new_secret()


def whsec(length: int) -> str:
    return "whsec_" + base64.b64encode(b"k" * length).decode()


@pytest.mark.parametrize("length", [24, 64])
def test_a_secret_of_24_to_64_bytes_may_be_chosen(length: int) -> None:
    assert checked_secret(whsec(length), plain=False).key == b"k" * length
    assert checked_secret(whsec(length).rstrip("="), plain=False).key == b"k" * length


@pytest.mark.parametrize("text", [whsec(23), whsec(65), "whsec_%%%", "abcdefghijklmnop", ""])
def test_another_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidArguments) as raised:
        checked_secret(text, plain=False)
    assert not text or text.removeprefix("whsec_") not in str(raised.value.problem())


def test_where_a_bearer_token_is_wanted_a_plain_one_will_do() -> None:
    assert checked_secret("a-token-of-openclaw", plain=True).key == b"a-token-of-openclaw"
    for text in ("short", "with a space in it", "with-a-line\r\nbreak: in it"):
        with pytest.raises(InvalidArguments):
            checked_secret(text, plain=True)


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(whsec(32))
    assert secret.text not in f"{secret} {secret!r} {[secret]}"
