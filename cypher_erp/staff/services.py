"""What a role means: membership in the two groups whose permissions WhatsApp sets up."""

from __future__ import annotations

from django.contrib.auth.models import Group

from cypher_erp.staff.models import Role, User

GROUP_OF_ROLE = {Role.USER: "WhatsApp agents", Role.ADMIN: "WhatsApp supervisors"}


def apply_role(*, user: User) -> None:
    """Put the user into the group of the role, and out of the other one's.

    Other groups are left alone. A group that is missing is made, without permissions.
    """
    wanted = GROUP_OF_ROLE.get(Role(user.role))
    others = set(GROUP_OF_ROLE.values()) - {wanted}
    user.groups.remove(*Group.objects.filter(name__in=others))
    if wanted:
        group, _created = Group.objects.get_or_create(name=wanted)
        user.groups.add(group)
