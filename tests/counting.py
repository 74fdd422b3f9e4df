"""What pages ask of the database: each statement, while no page and no piece of one is kept."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from flask import Flask

import models
from hall import freshness
from pieces import Shared


@contextlib.contextmanager
def statements(whole_app: Flask, tell: Callable[[str, Any], Any]) -> Iterator[None]:
    """Calls `tell` with SQL and values of each statement that runs inside.

    What a process reads once until the database changes (`freshness.Kept`) is not counted with a page.
    """
    kept = freshness.Kept.__call__
    aside = threading.local()

    def read_aside(each: freshness.Kept[..., Any], *about: Any, **more: Any) -> Any:
        before, aside.reads = getattr(aside, "reads", False), True
        try:
            return kept(each, *about, **more)
        finally:
            aside.reads = before

    def note(event: Any) -> None:
        if not getattr(aside, "reads", False):
            tell(event.sql, event.params)

    hooks = models.database.obj.query_hooks
    hooks.append(note)
    try:
        with (
            mock.patch.object(freshness.Kept, "__call__", read_aside),
            mock.patch.object(whole_app.extensions["rendered"], "_key", return_value=None),
            mock.patch.object(Shared, "piece", lambda _self, _place, _keys, caller: caller()),
        ):
            yield
    finally:
        hooks.remove(note)
