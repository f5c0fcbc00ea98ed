"""What a user may do is what Django says, asked in one query."""

from __future__ import annotations

import pytest
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission

from cypher_erp.staff.backends import StaffBackend
from cypher_erp.staff.models import User
from tests.erp.factories import UserFactory

pytestmark = pytest.mark.django_db


def permission(codename: str) -> Permission:
    return Permission.objects.get(content_type__app_label="whatsapp", codename=codename)


@pytest.fixture
def user() -> User:
    user = UserFactory(role="user")
    user.user_permissions.add(permission("delete_contact"), permission("change_message"))
    sales = Group.objects.create(name="Sales")
    sales.permissions.add(permission("change_message"))
    user.groups.add(sales)
    return user


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_own_permissions_and_those_of_groups_are_djangos(user):
    found = StaffBackend().get_all_permissions(fresh(user))

    assert found == ModelBackend().get_all_permissions(fresh(user))
    assert {"whatsapp.delete_contact", "whatsapp.view_conversation"} < found
    assert fresh(user).get_all_permissions() == found


def test_one_query_answers_every_question(user, django_assert_num_queries):
    user = fresh(user)

    with django_assert_num_queries(1):
        assert user.has_perm("whatsapp.view_phone")
        assert user.has_perm("whatsapp.view_conversation")
        assert not user.has_perm("staff.delete_user")
        assert user.has_module_perms("whatsapp")


def test_what_is_taken_away_is_gone_at_the_next_request(user):
    assert fresh(user).has_perm("whatsapp.delete_contact")

    user.user_permissions.clear()

    assert not fresh(user).has_perm("whatsapp.delete_contact")


def test_colleagues_permissions_are_not_theirs(user):
    assert StaffBackend().get_all_permissions(UserFactory()) == set()


def test_who_is_not_active_may_nothing(user):
    user.is_active = False

    assert StaffBackend().get_all_permissions(user) == set()
    assert not user.has_perm("whatsapp.view_phone")


def test_superuser_may_all_and_nobody_nothing():
    root = UserFactory(is_superuser=True)

    assert StaffBackend().get_all_permissions(root) == ModelBackend().get_all_permissions(root)
    assert len(StaffBackend().get_all_permissions(root)) == Permission.objects.count()
    assert StaffBackend().get_all_permissions(AnonymousUser()) == set()


def test_permission_for_one_object_is_granted_to_nobody(user):
    assert StaffBackend().get_all_permissions(user, obj=user) == set()
