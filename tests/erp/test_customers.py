"""A customer is found by any spelling of the number."""

import pytest
from django.db import connection

from cypher_erp.customers.models import Customer
from cypher_erp.customers.phone import to_e164
from tests.erp.factories import CustomerFactory

SPELLINGS = [
    "0700 100 101",
    "0700100101",
    "0700-100-101",
    "0700.100.101",
    "0700/100/101",
    "(0700) 100 101",
    "+40700100101",
    "+40 700 100 101",
    "+40 (0) 700 100 101",
    "0040700100101",
    "0040 700 100 101",
    "40700100101",
    "  0700 100 101  ",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_is_one_number(text):
    assert to_e164(text) == "+40700100101"


@pytest.mark.parametrize("text", ["", "   ", "nu are", "0700", "07001001011", "+4070010010", "112"])
def test_what_is_no_number_has_no_spelling(text):
    assert to_e164(text) == ""


def test_foreign_number_keeps_its_country():
    assert to_e164("+36 30 123 4567") == "+36301234567"


@pytest.mark.django_db
@pytest.mark.parametrize("typed", SPELLINGS)
def test_customer_is_found_however_the_number_was_typed(typed):
    customer = CustomerFactory(phone=typed)

    assert list(Customer.objects.all().with_phone("+40700100101")) == [customer]
    assert customer.phone == typed


@pytest.mark.django_db
@pytest.mark.parametrize("asked", SPELLINGS)
def test_customer_is_found_however_the_number_is_asked_for(asked):
    customer = CustomerFactory(phone="0700 100 101")

    assert list(Customer.objects.all().with_phone(asked)) == [customer]


@pytest.mark.django_db
def test_customer_is_found_by_either_spelling_of_a_number_that_has_two():
    customer = CustomerFactory(phone="+55 11 98765-4321")
    CustomerFactory(phone="+55 11 98765-4322")

    assert list(Customer.objects.all().with_phone("+551187654321", "+5511987654321")) == [customer]


@pytest.mark.django_db
def test_look_up_is_answered_by_the_index():
    Customer.objects.bulk_create(
        Customer(name="Ana", phone_e164=f"+4070010{place:04d}") for place in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers")

    for asked in (["0700100101"], ["+551187654321", "+5511987654321"]):
        assert "customers_phone_e164" in Customer.objects.all().with_phone(*asked).explain()


@pytest.mark.django_db
def test_no_number_finds_nobody_even_if_somebody_has_none():
    CustomerFactory(phone="", email="")

    assert not Customer.objects.all().with_phone("").exists()
    assert not Customer.objects.all().with_email("").exists()


@pytest.mark.django_db
def test_new_number_saved_alone_moves_the_look_up_along():
    customer = CustomerFactory(phone="0700 100 101")
    customer.phone = "0700 100 102"

    customer.save(update_fields=["phone"])

    assert list(Customer.objects.all().with_phone("0700100102")) == [customer]
    assert not Customer.objects.all().with_phone("0700100101").exists()


@pytest.mark.django_db
def test_email_is_found_in_any_case():
    customer = CustomerFactory(email="Ioana.Muresan@exemplu.ro")

    assert list(Customer.objects.all().with_email(" ioana.muresan@EXEMPLU.ro ")) == [customer]
