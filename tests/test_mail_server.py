"""Mail over real SMTP: nothing is lost and nothing comes twice, whatever happens to worker, server or reader."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import models
from config import Settings
from hall import channels, clock, notify
from hall.channels import letters, mail
from models import Delivery
from tests import postbox
from tests.conftest import Campus
from tests.postbox import Postbox, post, reader, states, tell

WORKER = (
    "import os; from app import Settings, open_house; from hall.channels import mail;"
    "open_house(Settings.from_environ(os.environ)); mail.send_due()"
)


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    with postbox.opened() as (made, port):
        postbox.use(port, monkeypatch)
        yield made


def later(minutes: float) -> int:
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        return mail.send_due()


def test_many_mails_are_one_connection_and_a_refused_one_stops_none(campus: Campus, box: Postbox) -> None:
    gone, here = reader(campus.A, "gone@mail.example"), reader(campus.B, "b@mail.example")
    for person in (gone.person, here.person) * 6:
        tell(person)
    box.at_address = lambda address: (
        f"550 5.1.1 <{address}>: 没有这个用户" if address.startswith("gone") else postbox.OK
    )
    assert post() == 6
    assert box.connections == 1
    assert len(box.kept) == len(box.taken) == 6
    refused = Delivery.select().where(Delivery.person == campus.A.id)
    assert {(row.status, row.error, row.sent) for row in refused} == {("failed", "550 5.1.1 没有这个用户", None)}
    assert all(row.sent and not row.error for row in Delivery.select().where(Delivery.person == campus.B.id))
    assert (later(60 * 72), len(box.tried)) == (0, 12)  # final is final


def test_not_now_is_asked_again_with_the_same_mail(campus: Campus, box: Postbox) -> None:
    reader(campus.A)
    tell(campus.A)
    box.before_answer = lambda: "451 4.7.1 greylisted"
    assert (post(), mail.send_due()) == (0, 0)
    assert states() == [("waiting", 1, "451 4.7.1 greylisted")]
    box.before_answer = lambda: postbox.OK
    assert (later(0.9), later(1.1)) == (0, 1)
    assert states() == [("sent", 2, "")]
    assert [message["Message-ID"] for message in box.taken] == [Delivery.get().message_id]


def test_a_server_that_dies_in_the_middle_of_a_mail(
    campus: Campus, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(campus.A)
    tell(campus.A)
    with postbox.dying() as port, monkeypatch.context() as patched:
        postbox.use(port, patched)
        assert post() == 0
    [(status, tries, error)] = states()
    assert (status, tries) == ("waiting", 1)
    assert "Connection unexpectedly closed" in error
    assert later(1.1) == 1
    assert len(box.taken) == 1


def test_a_server_that_is_away_is_asked_ever_less_and_given_up(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    reader(campus.A)
    tell(campus.A)
    tell(campus.A)
    postbox.use(postbox.free_port("127.0.0.1"), monkeypatch)
    start = clock.now()
    with clock.at(start):
        assert (post(), mail.send_due()) == (0, 0)
    # A dead line is tried once a run, by one mail; the others wait without losing a try.
    assert [tries for _, tries, _ in states()] == [1, 0]
    Delivery.update(status="sent").where(Delivery.tries == 0).execute()
    tried = []
    moment = start
    while (row := Delivery.get(Delivery.tries > 0)).status == "waiting":
        tried.append((row.due - moment) // timedelta(minutes=1))
        moment = row.due
        with clock.at(moment - timedelta(seconds=1)):
            mail.send_due()
        with clock.at(moment):
            mail.send_due()
    assert tried == [1, 5, 15, 60, 180, 360, 720, 1440]
    assert (row.status, row.tries) == ("failed", 9)
    assert "Connection refused" in row.error


@pytest.mark.parametrize("moment", ["before the server has the mail", "before its answer arrives"])
def test_a_worker_that_is_killed(
    house: Settings, campus: Campus, box: Postbox, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """kill -9 of a real process, while it talks to the server."""
    reader(campus.A)
    tell(campus.A)
    channels.pass_on()
    environ = {"HALL_DATA": str(house.data), "HALL_DATABASE": house.database, "HALL_SECRET": "t" * 32}
    server = letters.site.mail
    assert server
    environ |= {"HALL_SMTP": f"smtp://127.0.0.1:{server.port}", "HALL_MAIL_FROM": server.sender}
    known = {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}

    def kill(*_: Any) -> str:
        if worker.returncode is None:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(10)
        return postbox.OK

    if moment == "before its answer arrives":
        box.before_answer = kill
    else:
        box.at_address = kill
    house_folder = Path(__file__).parent.parent
    worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=house_folder, env=known | environ)
    assert worker.wait(60) == -signal.SIGKILL
    assert states() == [("sending", 1, "")]
    assert (later(9), len(box.tried)) == (0, 1)  # nobody else takes it while it may still be on its way
    assert later(11) == 1
    assert states() == [("sent", 2, "")]
    assert len(box.kept) == 1


def test_a_worker_that_dies_before_it_notes_the_answer(
    campus: Campus, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(campus.A)
    tell(campus.A)
    hand_over = mail.Line.hand_over

    def dies(*args: Any) -> None:
        hand_over(*args)
        raise KeyboardInterrupt

    channels.pass_on()
    with monkeypatch.context() as patched:
        patched.setattr(mail.Line, "hand_over", dies)
        with pytest.raises(KeyboardInterrupt):
            mail.send_due()
    assert later(11) == 1
    assert (len(box.taken), len(box.kept)) == (2, 1)  # the mailbox knows it by its Message-ID


def test_a_mail_that_kills_every_worker_is_given_up(
    campus: Campus, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(campus.A)
    tell(campus.A)
    channels.pass_on()
    Delivery.update(status="sending", tries=9, claimed_until=clock.now()).execute()
    assert later(1) == 0
    assert states() == [("failed", 10, "多次发送中断，没有结果")]


def test_workers_at_once_send_each_mail_once(campus: Campus, box: Postbox) -> None:
    for name in ("A", "B", "lead", "W1"):
        reader(getattr(campus, name), f"{name.lower()}@mail.example", digest_at="08:00" if name == "W1" else None)
        for _ in range(5):
            tell(getattr(campus, name), link="/admin/")
    barrier, failed = threading.Barrier(4), []

    def run() -> None:
        try:
            barrier.wait(10)
            while notify.announce() or channels.pass_on() or mail.send_due():
                pass
        except Exception as error:
            failed.append(error)
        finally:
            models.database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed
    assert (len(box.taken), len(box.kept)) == (15, 15)
    digest = Delivery.get(Delivery.template == "digest")
    assert (digest.items.count(), Delivery.select().count()) == (5, 16)


def test_a_mail_that_cannot_be_written_is_in_nobodys_way(
    campus: Campus, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(campus.A)
    tell(campus.A)
    tell(campus.A)
    channels.pass_on()
    Delivery.update(template="missing").where(Delivery.id == Delivery.select().order_by(Delivery.id).get()).execute()
    assert mail.send_due() == 1
    assert [(status, tries) for status, tries, _ in states()] == [("waiting", 1), ("sent", 1)]


def test_a_password_is_told_to_no_server_that_others_can_overhear(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader(campus.A)
    tell(campus.A)
    with postbox.opened("127.0.0.2") as (box, port):
        postbox.use(port, monkeypatch, host="127.0.0.2", user="hall:secret@")
        assert post() == 0
    assert box.tried == []
    assert states() == [("waiting", 1, "SMTPException: the server offers no encryption; the password was not sent")]
