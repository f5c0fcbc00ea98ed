import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.domain import phone
from whatsapp.errors import InvalidPhoneError


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+40712345678", "+40712345678"),
        ("0712345678", "+40712345678"),
        (" 0712 345 678 ", "+40712345678"),
        ("0712.345.678", "+40712345678"),
        ("0722/123.456", "+40722123456"),
        ("+40 (0)712 345 678", "+40712345678"),
        ("0040712345678", "+40712345678"),
        ("40712345678", "+40712345678"),
        ("tel:+40-712-345-678", "+40712345678"),
        ("０７１２３４５６７８", "+40712345678"),
        ("021 310 1234", "+40213101234"),
        ("+36201234567", "+36201234567"),
        ("+5215512345678", "+525512345678"),
        ("+551187654321", "+5511987654321"),
    ],
)
def test_any_usual_spelling_becomes_e164(raw, expected):
    assert phone.normalize(raw) == expected


def test_number_without_country_code_is_read_as_of_the_region():
    assert phone.normalize("06 20 123 4567", region="HU") == "+36201234567"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("necunoscut", "letters"),
        ("0800-FLOWERS", "letters"),
        ("0712345678 Ana", "letters"),
        ("0712345678 ext 5", "letters"),
        ("0712345678 # 5", "extension"),
        ("+", "not_a_number"),
        ("-", "not_a_number"),
        ("0712\x00345678", "not_a_number"),
        ("+999123456", "unknown_country"),
        ("00", "too_short"),
        ("112", "too_short"),
        ("07123", "too_short"),
        ("0722123456 / 0733123456", "too_long"),
        ("9" * 400, "too_long"),
        ("+4071234567", "not_in_plan"),
        ("+40012345678", "not_in_plan"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(raw, reason):
    with pytest.raises(InvalidPhoneError) as caught:
        phone.normalize(raw)

    assert caught.value.details["reason"] == reason
    assert caught.value.code == "invalid_phone"


def test_refusal_never_shows_the_whole_number():
    with pytest.raises(InvalidPhoneError) as caught:
        phone.normalize("+4071234567")

    assert caught.value.details["phone"] == "+4071***567"
    assert "4071234567" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+40712345678", "+40712***678"),
        ("40712345678", "40712***678"),
        ("0712345678", "0712***678"),
        ("1234567", "1***567"),
        ("123456", "***"),
        ("1" * 16, "***"),
        ("Ana Pop", "***"),
        ("", "***"),
    ],
)
def test_mask_keeps_both_ends_of_a_number_and_nothing_of_other_text(text, expected):
    assert phone.mask(text) == expected


@given(st.text())
def test_mask_always_hides_something(text):
    masked = phone.mask(text)

    assert "***" in masked
    assert len(phone.digits(masked)) <= max(0, len(phone.digits(text)) - 3)


def test_digits_is_the_form_of_meta():
    assert phone.digits("+40 712-345 678") == "40712345678"


@pytest.mark.parametrize(
    ("wa_id", "expected"),
    [
        ("40712345678", "+40712345678"),
        ("15550001111", "+15550001111"),
        ("+40712345678", None),
        ("RO.1000000000000009", None),
        ("0712345678", None),
        ("123456", None),
        ("1" * 16, None),
        ("", None),
        ("４０７１２３４５６７８", None),
    ],
)
def test_wa_id_becomes_a_phone_or_nothing(wa_id, expected):
    assert phone.from_wa_id(wa_id) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+40712345678", ("+40712345678",)),
        ("+5511987654321", ("+5511987654321", "+551187654321")),
        ("+551187654321", ("+551187654321", "+5511987654321")),
        ("+551131234567", ("+551131234567",)),
        ("+5215512345678", ("+5215512345678", "+525512345678")),
        ("+525512345678", ("+525512345678", "+5215512345678")),
        ("+5491123456789", ("+5491123456789", "+541123456789")),
        ("+541123456789", ("+541123456789", "+5491123456789")),
    ],
)
def test_variants_name_the_spellings_meta_may_use(number, expected):
    assert phone.variants(number) == expected
