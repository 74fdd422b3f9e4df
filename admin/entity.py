"""The panel of every entity: list, details, history, create, edit, delete, export and look-up, from its declaration.

One view class for all; docs/adding-an-entity.md says what it reads from the class.
"""

from admin.entity_acts import ActPages
from admin.entity_base import EntityBase
from admin.entity_files import FilePages
from admin.entity_list import ListPages
from admin.entity_private import PrivatePages
from admin.entity_row import RowPages


class EntityView(ListPages, RowPages, FilePages, ActPages, PrivatePages, EntityBase):
    """The generated view of one entity."""
