"""The environment as settings. `check()` fails at start with a hint, never later. Standard library only."""

import contextlib
import difflib
import ipaddress
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ANYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
LOG_LEVELS = ("debug", "info", "warning", "error")
SHORTEST_SECRET = 32


class Variable(NamedTuple):
    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("HALL_HOST", "127.0.0.1", "address that the server listens on; `0.0.0.0` for every network card"),
    Variable("HALL_PORT", "8000", "port that the server listens on"),
    Variable(
        "HALL_DATA",
        "./data",
        "folder for database, photos, secrets and what the hall keeps ready; made if it is missing",
    ),
    Variable(
        "HALL_DATABASE",
        "SQLite in `HALL_DATA`",
        "URL of the database: `sqlite:////folder/hall.db` or `postgresql://user:password@host/name`",
    ),
    Variable("HALL_DEMO", "1", "`1` fills an empty database with the demo campus and shows its banner; `0` does not"),
    Variable("HALL_URL", "from host and port", "public address of the hall, for links in messages and QR codes"),
    Variable("HALL_WORKERS", "2", "number of web server processes"),
    Variable("HALL_SECRET", "a file in `HALL_DATA`", "key of every signature, 32 characters or more; keep it for ever"),
    Variable(
        "HALL_TRUSTED_PROXIES",
        "none",
        "addresses or networks of the proxies in front, with commas; only their `X-Forwarded-For` is believed",
    ),
    Variable("HALL_TIMEZONE", "Asia/Shanghai", "time zone of the campus"),
    Variable("HALL_HTTPS", "from `HALL_URL`", "`1` sends cookies over HTTPS only"),
    Variable(
        "HALL_SMTP",
        "no mail",
        "server that takes the hall's mail: `smtp://user:password@host:587` (STARTTLS where it is offered) or "
        "`smtps://…:465`; percent-encode `@ : /` in a password",
    ),
    Variable(
        "HALL_MAIL_FROM", "none", "sender of the hall's mail, needed with `HALL_SMTP`; refused mail comes back there"
    ),
    Variable("HALL_LOG", "info", "how much is logged: `debug`, `info`, `warning` or `error`"),
)


class ConfigError(Exception):
    """A variable is wrong: which one, what is wrong with it, and what to write instead."""

    def __init__(self, variable: str, wrong: str, hint: str) -> None:
        super().__init__(f"{variable}: {wrong}\nHint: {hint}")
        self.variable, self.wrong, self.hint = variable, wrong, hint


@dataclass(frozen=True)
class Settings:
    """What the environment decides for one installation. `check` it before anything is opened."""

    host: str
    port: int
    data: Path
    database: str
    demo: bool
    url: str
    workers: int
    secret: str
    trusted_proxies: tuple[Network, ...]
    timezone: ZoneInfo
    https: bool
    smtp: str
    mail_from: str
    log: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the HALL_* variables of `environ`. Raises ConfigError for one that cannot be understood."""
        known = [variable.name for variable in VARIABLES]
        for name in sorted(environ):
            if name.startswith("HALL_") and name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                raise ConfigError(name, "no such setting", f"did you mean {close[0]}?" if close else "remove it")
        host = environ.get("HALL_HOST") or "127.0.0.1"
        port = _number(environ, "HALL_PORT", 8000, lowest=1, highest=65535)
        data = Path(environ.get("HALL_DATA") or "data").expanduser().resolve()
        url = (environ.get("HALL_URL") or f"http://{_in_url(host)}:{port}").rstrip("/")
        return cls(
            host=host,
            port=port,
            data=data,
            database=environ.get("HALL_DATABASE") or f"sqlite:///{data / 'hall.db'}",
            demo=_switch(environ, "HALL_DEMO", default=True),
            url=url,
            workers=_number(environ, "HALL_WORKERS", 2, lowest=1, highest=64),
            secret=environ.get("HALL_SECRET", ""),
            trusted_proxies=_networks(environ.get("HALL_TRUSTED_PROXIES", "")),
            timezone=_zone(environ.get("HALL_TIMEZONE") or "Asia/Shanghai"),
            https=_switch(environ, "HALL_HTTPS", default=url.startswith("https://")),
            smtp=environ.get("HALL_SMTP", "").strip(),
            mail_from=environ.get("HALL_MAIL_FROM", "").strip(),
            log=(environ.get("HALL_LOG") or "info").lower(),
        )

    @property
    def is_sqlite(self) -> bool:
        return self.database.startswith("sqlite:")

    @property
    def database_file(self) -> Path:
        """The file of an SQLite database."""
        return Path(self.database.removeprefix("sqlite:///")).resolve()

    @property
    def hosts(self) -> list[str]:
        """The names under which the hall answers; any other Host header is refused."""
        return sorted({urlsplit(self.url).hostname or self.host, "127.0.0.1", "localhost", "::1"})

    def trusts(self, address: str | None) -> bool:
        """Whether `address` is a proxy of ours."""
        return is_among(address, self.trusted_proxies)

    def visitor(self, peer: str | None, forwarded_for: str) -> str | None:
        """The address of the visitor: the first, from `peer` outwards, that is no proxy of ours (fault 34)."""
        for hop in reversed(forwarded_for.split(",")):
            if not self.trusts(peer) or not is_among(hop.strip(), ANYWHERE):
                break
            peer = hop.strip()
        return peer

    def check(self) -> None:
        """Raise ConfigError for the first setting with which the hall could not run."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.path:
            raise ConfigError("HALL_URL", f"“{self.url}” is not a public address", "write it like https://hall.edu.cn")
        if parts.hostname in ("0.0.0.0", "::"):
            raise ConfigError(
                "HALL_URL", "a server for every network card needs the address that people type", "set HALL_URL too"
            )
        if self.https and parts.scheme == "http":
            raise ConfigError(
                "HALL_HTTPS",
                "HTTPS only, but HALL_URL begins with http:",
                "let HALL_URL begin with https:",
            )
        if self.secret and len(self.secret) < SHORTEST_SECRET:
            raise ConfigError(
                "HALL_SECRET",
                f"shorter than {SHORTEST_SECRET} characters",
                "python3 -c 'import secrets; print(secrets.token_hex(32))' makes one",
            )
        if self.log not in LOG_LEVELS:
            raise ConfigError("HALL_LOG", f"“{self.log}” is no level", f"use one of {', '.join(LOG_LEVELS)}")
        self._check_mail()
        _writable("HALL_DATA", self.data)
        self._check_database()

    def _check_mail(self) -> None:
        if self.smtp and not _is_mail_server(self.smtp):
            # Not what was written: a password stands in it.
            hint = "write it like smtp://mail.edu.cn:25 or smtps://user:password@mail.edu.cn"
            raise ConfigError("HALL_SMTP", "not the address of a mail server", hint)
        if (self.smtp or self.mail_from) and not re.fullmatch(r"[^\s@<>,;:\"]+@[A-Za-z0-9.-]+", self.mail_from):
            wrong = f"“{self.mail_from}” is not one mail address" if self.mail_from else "mail needs a sender"
            raise ConfigError("HALL_MAIL_FROM", wrong, "for instance hall@hall.edu.cn")

    def _check_database(self) -> None:
        scheme, _, rest = self.database.partition("://")
        if scheme == "sqlite" and rest.startswith("/") and len(rest) > 1:
            _writable("HALL_DATABASE", self.database_file.parent)
        elif scheme not in ("postgresql", "postgres") or not urlsplit(self.database).path.strip("/"):
            raise ConfigError(
                "HALL_DATABASE",
                f"a “{scheme}” address that the hall does not understand",
                "use sqlite:////folder/hall.db or postgresql://user:password@host/name",
            )

    def secret_key(self) -> bytes:
        """The secret of this installation: HALL_SECRET, else a file that only its owner reads, made once."""
        if self.secret:
            return self.secret.encode()
        file = self.data / "secret"
        if not file.exists():
            # Several processes may start at once: a link either comes into being whole or not at all.
            handle, new = tempfile.mkstemp(dir=self.data)
            with os.fdopen(handle, "w") as stream:
                stream.write(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):
                os.link(new, file)
            os.unlink(new)
        return file.read_bytes().strip()


def is_among(address: str | None, networks: Iterable[Network]) -> bool:
    """Whether `address` is one, and lies in one of `networks`."""
    try:
        return any(ipaddress.ip_address(address or "") in network for network in networks)
    except ValueError:
        return False


def _is_mail_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(whole) and parts.path in ("", "/") and not parts.query and bool(parts.username) == bool(parts.password)


def _number(environ: Mapping[str, str], name: str, default: int, *, lowest: int, highest: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
        raise ConfigError(
            name, f"“{text}” is not a number from {lowest} to {highest}", f"for instance {name}={default}"
        )
    return int(text)


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name) or str(int(default))
    if text not in ("0", "1"):
        raise ConfigError(name, f"“{text}” is neither 0 nor 1", f"write {name}=1 or {name}=0")
    return text == "1"


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ConfigError("HALL_TRUSTED_PROXIES", str(error), "for instance 10.0.0.5 or 10.0.0.0/24,::1") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError("HALL_TIMEZONE", f"“{name}” is no time zone", "for instance Asia/Shanghai") from None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _writable(variable: str, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigError(
            variable, f"{folder} cannot be written ({error.strerror})", "name a folder of yours"
        ) from None
