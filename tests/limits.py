"""Another value of a figure of hall/settings.py for one test, as if it were the default."""

from dataclasses import replace

import pytest

from hall import settings


def limit(monkeypatch: pytest.MonkeyPatch, code: str, value: int) -> None:
    """Let the figure `code` be `value` until the test ends."""
    monkeypatch.setitem(settings.LIMITS, code, replace(settings.LIMITS[code], default=value))
