"""What the hall does, as verbs over plain tables. No web framework in here.

`site` is what one installation decides; `app.open_house` fills it before any verb is called.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo


@dataclass
class Site:
    secret: bytes = b""  # keys every hash that must not be computed without the installation
    url: str = "http://127.0.0.1:8000"  # the public address, for links in QR codes and messages
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    data_folder: Path | None = None  # where files of the installation lie that are no photos
    photo_store: Any = None  # an obstore store: local folder, memory or S3
    demo: bool = False


site = Site()
