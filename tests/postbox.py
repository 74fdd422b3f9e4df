"""A mail server for tests that speaks real SMTP, takes or refuses as it is told, and keeps what it took."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from hall import Mail, channels, clock, events, notify, site
from hall.channels import mail
from models import ContactSettings, Delivery, Notification, Person

OK = "250 OK"


class Postbox:
    """`taken` are all mails in the order in which the server took them; `kept` is each once, by its Message-ID."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.tried: list[str] = []
        self.connections = 0
        self.at_address: Callable[[str], str] = lambda address: OK
        self.before_answer: Callable[[], str] = lambda: OK

    @property
    def kept(self) -> list[EmailMessage]:
        return list({message["Message-ID"]: message for message in self.taken}.values())

    def to(self, address: str) -> list[EmailMessage]:
        return [message for message in self.kept if message["To"] == address]

    # What aiosmtpd calls.

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, answers: list[str]) -> list[str]:
        session.host_name = name
        self.connections += 1
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.tried.append(address)
        answer = self.at_address(address)
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message: Any = message_from_bytes(envelope.content, policy=default)
        answer = self.before_answer()
        if answer == OK:
            self.taken.append(message)
        return answer


def free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def opened(host: str = "127.0.0.1") -> Iterator[tuple[Postbox, int]]:
    postbox = Postbox()
    controller = Controller(postbox, hostname=host, port=free_port(host))
    controller.start()
    yield postbox, controller.port
    controller.stop()


@contextmanager
def dying() -> Iterator[int]:
    """The port of a server that closes the connection in the middle of every mail."""

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line, line.makefile("rb") as said:
                line.sendall(b"220 here\r\n")
                for words in said:
                    if words.upper().startswith(b"DATA"):
                        line.sendall(b"354 go on\r\n")
                        said.readline()
                        break
                    line.sendall(b"250 OK\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


def use(port: int, monkeypatch: pytest.MonkeyPatch, host: str = "127.0.0.1", user: str = "") -> None:
    """Let the hall send over the server on `port`."""
    monkeypatch.setattr(site, "mail", Mail.at(f"smtp://{user}{host}:{port}", "hall@hall.example"))


def reader(person: Person, email: str = "a@mail.example", **more: Any) -> ContactSettings:
    """Somebody who gets mail; `more` are columns of the settings."""
    return ContactSettings.create(**{"person": person, "email": email, "confirmed": clock.now(), **more})


def tell(person: Person, text: str = "新报修 JD2611220001：水龙头漏水", link: str = "/inbox") -> Notification:
    """One notification that nobody has passed on yet."""
    event = events.record(person, "tested", "试验", by=None)
    return Notification.create(person=person, event=event, text=text, link=link, created=clock.now())


def post() -> int:
    """All that the worker does with what has happened; gives how many mails were taken."""
    while notify.announce():
        pass
    channels.pass_on()
    return mail.send_due()


def states() -> list[tuple[str, int, str]]:
    return [(row.status, row.tries, row.error) for row in Delivery.select().order_by(Delivery.id)]
