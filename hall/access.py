"""Who may do what to which row: `may` (hall/permissions.py), and `visible` as the only way to rows (hall/scopes.py)."""

from hall.permissions import (
    SCOPES,
    assigned_ids,
    can_edit,
    can_read,
    covers,
    department_codes,
    departments_of,
    editing_role,
    grants,
    helpers,
    may,
    relations,
    role_for,
    role_label,
)
from hall.roles import EVERYBODY, RELATIONS, ROLES, SYSTEM
from hall.scopes import VISIBLE, editable, sees, visible

__all__ = [
    "EVERYBODY",
    "RELATIONS",
    "ROLES",
    "SCOPES",
    "SYSTEM",
    "VISIBLE",
    "assigned_ids",
    "can_edit",
    "can_read",
    "covers",
    "department_codes",
    "departments_of",
    "editable",
    "editing_role",
    "grants",
    "helpers",
    "may",
    "relations",
    "role_for",
    "role_label",
    "sees",
    "visible",
]
