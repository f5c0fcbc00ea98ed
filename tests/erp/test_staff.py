"""A role is membership in one of WhatsApp's two groups."""

import pytest
from django.contrib.auth.models import Group

from cypher_erp.staff.models import Role, User
from tests.erp.factories import OrderFactory, UserFactory

pytestmark = pytest.mark.django_db


def groups(user):
    return set(user.groups.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.USER, {"WhatsApp agents"}), (Role.ADMIN, {"WhatsApp supervisors"}), (Role.NONE, set())],
)
def test_role_puts_a_new_user_into_its_group(role, expected):
    user = UserFactory(role=role)

    assert groups(user) == expected


def test_another_role_leaves_the_old_group_and_keeps_foreign_ones():
    user = UserFactory(role=Role.ADMIN)
    user.groups.add(Group.objects.create(name="Sales"))
    user.role = Role.USER

    user.save()

    assert groups(user) == {"WhatsApp agents", "Sales"}


def test_role_changed_in_the_admin_reaches_the_groups(desk):
    user = UserFactory(role=Role.ADMIN)
    page = f"/admin/staff/user/{user.pk}/change/"
    form = desk.get(page).context["adminform"].form
    typed = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    typed |= {"date_joined_0": "2026-11-22", "date_joined_1": "10:00:00", "role": Role.USER}
    typed["groups"] = [group.pk for group in typed["groups"]]

    desk.post(
        page, {name: value for name, value in typed.items() if value not in (None, "", False)}
    )

    assert User.objects.get(pk=user.pk).role == Role.USER
    assert groups(user) == {"WhatsApp agents"}


def test_screens_speak_the_users_language(desk, supervisor):
    User.objects.filter(pk=supervisor.pk).update(language="ro")

    answer = desk.get("/admin/", headers={"accept-language": "en"})

    assert answer.headers["Content-Language"] == "ro"


def test_erps_own_words_are_translated(desk, supervisor):
    User.objects.filter(pk=supervisor.pk).update(language="ro")
    OrderFactory()

    page = desk.get("/admin/orders/order/").content.decode()

    assert "Expediază comenzile alese" in page
    assert "Ship the chosen orders" not in page
