"""The environment, read once and typed."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from cypher_erp import env

ENOUGH = {
    "DATABASE_URL": "postgres://erp@localhost/cypher",
    "REDIS_URL": "redis://localhost/0",
    "DJANGO_SECRET_KEY": "secret",
}


def test_three_variables_are_enough_and_the_rest_is_safe():
    environment = env.read(dict(ENOUGH))

    assert environment.debug is False
    assert environment.https is True
    assert environment.trust_proxy is False
    assert environment.allowed_hosts == ("localhost", "127.0.0.1", "[::1]")
    assert environment.database_conn_max_age == 60
    assert environment.whatsapp_enabled is True
    assert environment.whatsapp_graph_version == "v25.0"
    assert environment.whatsapp_app_secrets == ()
    assert environment.whatsapp_messages_per_second == 0


@pytest.mark.parametrize("name", sorted(ENOUGH))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_missing_variable_is_named_with_what_to_do(name, value):
    given = {key: text for key, text in {**ENOUGH, name: value}.items() if text is not None}

    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not set\. \w+"):
        env.read(given)


def test_debug_brings_a_secret_key_and_plain_http():
    given = {**ENOUGH, "DJANGO_DEBUG": "true"}
    del given["DJANGO_SECRET_KEY"]

    environment = env.read(given)

    assert environment.secret_key == env.DEBUG_SECRET_KEY
    assert environment.https is False


def test_secret_comes_from_a_file_without_its_newline(tmp_path):
    file = tmp_path / "token"
    file.write_text("EAAG-token\n")

    environment = env.read({**ENOUGH, "WHATSAPP_ACCESS_TOKEN_FILE": str(file)})

    assert environment.whatsapp_access_token == "EAAG-token"


def test_required_secret_comes_from_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("from-a-file\n")
    given = {**ENOUGH, "DJANGO_SECRET_KEY_FILE": str(file)}
    del given["DJANGO_SECRET_KEY"]

    assert env.read(given).secret_key == "from-a-file"


def test_lists_are_split_at_commas_so_that_secrets_rotate():
    given = {**ENOUGH, "WHATSAPP_APP_SECRET": "new, old,", "WHATSAPP_MEDIA_HOSTS": "127.0.0.1"}

    environment = env.read(given)

    assert environment.whatsapp_app_secrets == ("new", "old")
    assert environment.whatsapp_media_hosts == ("127.0.0.1",)


def test_number_that_is_none_is_refused_by_name():
    with pytest.raises(ImproperlyConfigured, match="WHATSAPP_MESSAGES_PER_SECOND must be a whole"):
        env.read({**ENOUGH, "WHATSAPP_MESSAGES_PER_SECOND": "fast"})


def test_module_can_be_switched_off():
    assert env.read({**ENOUGH, "ENABLE_WHATSAPP_MODULE": "false"}).whatsapp_enabled is False


def test_secrets_do_not_show_when_printed():
    given = {**ENOUGH, "WHATSAPP_ACCESS_TOKEN": "EAAG-token", "DATABASE_URL": "postgres://a:pw@h/n"}

    shown = repr(env.read(given))

    assert "EAAG-token" not in shown
    assert "pw" not in shown
