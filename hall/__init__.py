"""What the hall does, as verbs over plain tables. No web framework in here.

`site` is what one installation decides; `app.open_house` fills it before any verb is called.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo


class Mail(NamedTuple):
    """The server that takes the hall's mail, and whom it is from."""

    host: str
    port: int
    is_tls: bool  # from the first byte on; otherwise STARTTLS where it is offered
    user: str
    password: str
    sender: str

    @classmethod
    def at(cls, url: str, sender: str) -> "Mail | None":
        """The server at smtp://user:password@host:port or smtps://…; None for an empty address."""
        if not url:
            return None
        parts = urlsplit(url)
        is_tls = parts.scheme == "smtps"
        port = parts.port or (465 if is_tls else 587 if parts.username else 25)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname or "", port, is_tls, user, password, sender)


@dataclass
class Site:
    secret: bytes = b""  # keys every hash that must not be computed without the installation
    url: str = "http://127.0.0.1:8000"  # the public address, for links in QR codes and messages
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    data_folder: Path | None = None  # where files of the installation lie that are no photos
    photo_store: Any = None  # an obstore store: local folder, memory or S3
    demo: bool = False
    mail: Mail | None = None  # without it people are told inside the hall only


site = Site()
