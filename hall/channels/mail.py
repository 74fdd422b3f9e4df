"""Handing mail over to the server: claimed before, noted after, tried again for two days.

A mail is claimed in a transaction of its own and marked in another once the server has said 250. Who dies between
leaves a claim that runs out, and the next one sends the same mail under the same Message-ID: nothing is lost, and
should the server have taken it already, whoever keeps the mailbox knows it for the same.
"""

import contextlib
import ipaddress
import logging
import smtplib
import ssl
import time
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import urlsplit

from peewee import JOIN

from hall import Mail, clock, contact, site
from hall.channels import letters, times, words
from hall.words import N_
from models import ContactSettings, Delivery, Person

log = logging.getLogger("hall.mail")

# How long after a failure the next try comes, in minutes; after the last one the mail has failed.
BACK_OFF = (1, 5, 15, 60, 180, 360, 720, 1440)
LEASE = timedelta(minutes=10)  # longer than the slowest mail takes, with TIMEOUT at every word of the talk
TIMEOUT = 20  # seconds
BUDGET = 30  # seconds of one run, or a slow server would keep the worker from everything else
REST = timedelta(seconds=50)  # for a server that does not answer, or every event would wait for it
WAITS_IN_QUIET = ("one", "digest")
_resting: dict[Mail, datetime] = {}  # of this process


class Failure(Exception):
    """A mail was not taken: why, whether another try is of no use, and whether the connection is gone."""

    def __init__(self, reason: str, *, is_final: bool = False, is_line_gone: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_final, self.is_line_gone = words.line(reason)[:300], is_final, is_line_gone


def send_due() -> int:
    """Hand over the mail that is due, oldest first, over one connection; returns how many the server took."""
    if site.mail is None or _resting.get(site.mail, clock.now()) > clock.now():
        return 0
    until, taken = time.monotonic() + BUDGET, 0
    with contextlib.closing(Line(site.mail)) as line:
        while time.monotonic() < until and not line.is_hopeless and (delivery := _claim()):
            taken += _send(delivery, line)
    return taken


def _claim() -> Delivery | None:
    """One mail that is due, or whose sender has died with it, so that nobody else takes it; None if there is none."""
    now = clock.now()
    left = (Delivery.status == "sending") & (Delivery.claimed_until <= now)
    due = (Delivery.status == "waiting") & (Delivery.due <= now)
    for condition in (left, due):
        for row in list(Delivery.select(Delivery.id).where(condition).order_by(Delivery.due, Delivery.id).limit(20)):
            claim = {"status": "sending", "claimed_until": now + LEASE, "tries": Delivery.tries + 1}
            if Delivery.update(claim).where(Delivery.id == row.id, condition).execute():
                joined = Delivery.select(Delivery, Person).join(Person, JOIN.LEFT_OUTER)
                found: Delivery = joined.where(Delivery.id == row.id).get()
                return found
    return None


def _send(delivery: Delivery, line: "Line") -> bool:
    """Try once, and note what came of it; whether the server took it."""
    settings = contact.settings_of(delivery.person) if delivery.person else ContactSettings(by_mail=True)
    if reason := _why_not(delivery, settings):
        _note(delivery, status="failed", error=reason)
        return False
    quiet_until = times.after_quiet(settings, clock.now())
    if delivery.template in WAITS_IN_QUIET and quiet_until > clock.now():
        _note(delivery, status="waiting", due=quiet_until, tries=delivery.tries - 1)
        return False
    try:
        message = letters.compose(delivery)
        line.hand_over(message, delivery.address)
    except Failure as failure:
        _put_off(delivery, failure)
        return False
    except Exception as error:
        # A broken template, for instance: this mail waits, and the others go on.
        log.exception("mail %s cannot be written", delivery.id)
        _put_off(delivery, Failure(f"{type(error).__name__}: {error}"))
        return False
    note = {"status": "sent", "sent": clock.now(), "error": "", "claimed_until": None}
    # Whoever holds the claim by now: it has been taken.
    Delivery.update({**note, "subject": message["Subject"]}).where(Delivery.id == delivery.id).execute()
    return True


def _why_not(delivery: Delivery, settings: ContactSettings) -> str:
    """Why a mail must not go any more, "" if it may."""
    if delivery.person is None:
        return N_("多次发送中断，没有结果") if delivery.tries > len(BACK_OFF) + 1 else ""
    if delivery.person.is_closed:
        return N_("账号已停用")
    if settings.email != delivery.address:
        return N_("邮箱已更改")
    if delivery.tries > len(BACK_OFF) + 1:
        return N_("多次发送中断，没有结果")
    if delivery.template == "confirm":
        is_old = delivery.created + contact.LINK_LASTS <= clock.now()
        return N_("邮箱已经确认") if settings.confirmed else N_("确认链接已过期") if is_old else ""
    if not settings.confirmed:
        return N_("邮箱还没有确认")
    return "" if settings.by_mail else N_("已关闭邮件通知")


def _put_off(delivery: Delivery, failure: Failure) -> None:
    if failure.is_final or delivery.tries > len(BACK_OFF):
        _note(delivery, status="failed", error=failure.reason)
    else:
        later = clock.now() + timedelta(minutes=BACK_OFF[delivery.tries - 1])
        _note(delivery, status="waiting", due=later, error=failure.reason)


def _note(delivery: Delivery, **values: Any) -> None:
    """Give up the claim with `values`, unless it ran out and somebody else holds it now."""
    mine = (Delivery.id == delivery.id) & (Delivery.status == "sending") & (Delivery.tries == delivery.tries)
    Delivery.update({**values, "claimed_until": None}).where(mine).execute()


class Line:
    """A connection to the mail server, opened by the first mail and used for all of a run."""

    def __init__(self, mail: Mail) -> None:
        self.mail, self.server = mail, None  # type: tuple[Mail, smtplib.SMTP | None]
        self.is_hopeless = False

    def close(self) -> None:
        if self.server is not None:
            with contextlib.suppress(OSError):
                self.server.quit()
        self.server = None

    def hand_over(self, message: EmailMessage, address: str) -> None:
        """Give one mail to the server. Raises Failure with the server's words."""
        try:
            server = self.server = self.server if self.server and self.server.sock else self._open()
        except OSError as error:  # what smtplib and ssl raise are kinds of it
            self.is_hopeless = True
            _resting[self.mail] = clock.now() + REST
            raise Failure(_said(error)) from error
        try:
            server.sendmail(self.mail.sender, [address], message.as_bytes(policy=SMTP))
        except OSError as error:
            failure = _understood(error, address)
            if failure.is_line_gone:
                self.close()
            raise failure from error

    def _open(self) -> smtplib.SMTP:
        mail, context = self.mail, ssl.create_default_context()
        name = urlsplit(site.url).hostname or "localhost"
        us = f"[{name}]" if _is_address(name) else name  # else smtplib asks the network who we are
        if mail.is_tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, us, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(mail.host, mail.port, us, timeout=TIMEOUT)
        try:
            server.ehlo_or_helo_if_needed()
            is_private = mail.is_tls or mail.host in ("localhost", "127.0.0.1", "::1")
            if not is_private and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
                is_private = True
            if mail.user:
                if not is_private:
                    raise smtplib.SMTPException("the server offers no encryption; the password was not sent")
                server.login(mail.user, mail.password)
        except BaseException:
            server.close()
            raise
        return server


def _is_address(name: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ipaddress.ip_address(name))
    return False


def _understood(error: OSError, address: str) -> Failure:
    """What the server's answer to one mail means. A 5xx about the reader or the text is final; about us it is not."""
    code: int
    said: bytes | str
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
        case smtplib.SMTPDataError() | smtplib.SMTPSenderRefused():
            code, said = error.smtp_code, error.smtp_error
        case _:
            return Failure(_said(error), is_line_gone=True)
    is_final = 500 <= code < 600 and not isinstance(error, smtplib.SMTPSenderRefused)
    reason = _words(code, said).replace(f"<{address}>: ", "")  # the panel shows the address in a column of its own
    return Failure(reason, is_final=is_final, is_line_gone=code == 421)


def _said(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _words(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"


def _words(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
