import pytest

from whatsapp.domain.stop_words import wish


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "stop", " Stop. ", "S T O P", "STOP!!!", "Stop 🙏", "«stop»"),
        *("DEZABONARE", "Dezabonați-mă", "dezabonati ma", "Mă dezabonez.", "STOP MARKETING"),
        *("stop promoții", "Unsubscribe", "opt-out", "LEIRATKOZÁS"),
    ],
)
def test_word_that_stops(text):
    assert wish(text) is False


@pytest.mark.parametrize(
    "text", ["START", "abonare", "Abonați-mă", "mă abonez", "UNSTOP", "subscribe", "Opt in"]
)
def test_word_that_resumes(text):
    assert wish(text) is True


@pytest.mark.parametrize(
    "text",
    [
        *("", "!!!", "🛑", "stop la comanda mea", "Please stop sending the wrong parcel"),
        *("stopul", "anulează", "cancel", "restart", "când încep abonările?"),
        "STOP " * 40,
    ],
)
def test_anything_else_is_neither(text):
    assert wish(text) is None
