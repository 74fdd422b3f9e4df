"""How somebody wants to be told outside the hall: address, language, what, and when.

Mail goes only to an address whose owner has opened the link that was sent there; the link carries no address,
only who, until when, and a hash over both and the address, keyed by the installation.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from hall import clock, events, site
from hall.words import N_, Refused, TooOften
from models import LANGUAGES, ContactSettings, Delivery, Person, database, held

# What can be muted, by the names that notify.TELLING knows, and how people call it.
KINDS: dict[str, str] = {
    "repair_order": N_("报修单"),
    "thread": N_("服务监督：诉求"),
    "comment": N_("服务监督：跟帖"),
    "reply": N_("服务监督：答复"),
    "listing": N_("二手市场：商品"),
    "property_notice": N_("失物招领：启事"),
    "conversation": N_("消息：新的对话"),
    "talk_report": N_("消息：举报"),
    "application": N_("服务申请"),
}
LINK_LASTS = timedelta(hours=24)
LINKS_AN_HOUR, LINKS_A_DAY = 3, 6
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)


def is_configured() -> bool:
    """Whether this installation can send mail at all."""
    return site.mail is not None


def settings_of(person: Person) -> ContactSettings:
    """How `person` wants to be told; a row that is not saved, with the defaults, for who never said."""
    return ContactSettings.get_or_none(ContactSettings.person == person.id) or ContactSettings(person=person)


def is_confirmed(settings: ContactSettings) -> bool:
    """Whether mail may go to the address: there is one, and its owner opened the link."""
    return bool(settings.email and settings.confirmed)


def change(
    person: Person,
    *,
    by: Person,
    language: str,
    by_mail: bool,
    muted: Iterable[str],
    quiet_from: time | None,
    quiet_until: time | None,
    digest_at: time | None,
) -> ContactSettings:
    """Say how to be told. Times are the campus's; `muted` are keys of KINDS. Raises Refused with `field` set."""
    _own(person, by)
    if language not in dict(LANGUAGES):
        raise Refused(N_("没有这种语言"), field="language")
    wanted = set(muted)
    if not wanted <= KINDS.keys():
        raise Refused(N_("没有这一类通知"), field="muted")
    if (quiet_from is None) != (quiet_until is None):
        missing = "quiet_from" if quiet_from is None else "quiet_until"
        raise Refused(N_("免打扰的开始和结束要一起填写"), field=missing)
    if quiet_from is not None and quiet_from == quiet_until:
        raise Refused(N_("免打扰的开始和结束不能相同"), field="quiet_until")
    answers = {
        "language": language,
        "by_mail": by_mail,
        "muted": [kind for kind in KINDS if kind in wanted],
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "digest_at": digest_at,
    }
    with database.atomic():
        settings = _held_row(person)
        before = {name: getattr(settings, name) for name in answers}
        if before != answers:
            _save(settings, **answers)
            details = {"changes": events.diff(before, answers)}
            events.record(person, "change_contact", N_("修改通知方式"), by=by, role="self", details=details)
    return settings


def change_email(person: Person, *, by: Person, email: str) -> ContactSettings:
    """Set the own address, or none where `email` is empty, and send a link there that confirms it.

    An address that is confirmed already, or to which a link is on its way, is left as it is. Raises
    Refused(field="email"), TooOften for more links than LINKS_AN_HOUR or LINKS_A_DAY.
    """
    _own(person, by)
    address = clean_email(email) if email.strip() else ""
    if address and not is_configured():
        raise Refused(N_("本服务大厅还没有开通邮件"), field="email")
    with database.atomic():
        settings = _held_row(person)
        if settings.email == address and (settings.confirmed or not address or _link_waits(person, address)):
            return settings
        if address:
            _refuse_many_links(person)
        if settings.email != address:
            _save(settings, email=address, confirmed=None)
        if address:
            post(settings, "confirm", subject=N_("请确认您的邮箱"))
        # Without the address: an event is for ever, and an address belongs to a name.
        label = N_("填写邮箱") if address else N_("删除邮箱")
        events.record(person, "change_email", label, by=by, role="self")
    return settings


def clean_email(text: str) -> str:
    """One plain address, its host in small letters. Raises Refused(field="email")."""
    address = text.strip()
    local, _, host = address.rpartition("@")
    if len(address) > 200 or len(local) > 64 or not _ADDRESS.fullmatch(address):
        raise Refused(N_("请填写一个邮箱地址，例如 name@example.edu.cn"), field="email")
    return f"{local}@{host.lower()}"


def confirm_email(token: str) -> Person:
    """Whoever opened the link reads mail at the address. Doing it again changes nothing.

    Raises Refused where the link is wrong, too old, or of an address that was changed since.
    """
    person_id, expires = _read(token)
    with database.atomic():
        settings = held(ContactSettings.select().where(ContactSettings.person == person_id)).first()
        fits = settings is not None and hmac.compare_digest(
            token.encode(), make_token(person_id, settings.email, expires).encode()
        )
        if not fits or not settings.email or settings.person.is_closed or expires <= clock.now():
            raise Refused(N_("这个链接已失效，请在“通知方式”里重新发送"))
        person: Person = settings.person
        if settings.confirmed is None:
            _save(settings, confirmed=clock.now())
            events.record(person, "confirm_email", N_("确认邮箱"), by=person, role="self")
    return person


def make_token(person_id: int, email: str, expires: datetime) -> str:
    """What the link to confirm `email` until `expires` (naive UTC, whole seconds count) ends with."""
    until = int((expires - datetime(1970, 1, 1)).total_seconds())
    said = f"confirm-email:{person_id}:{until}:{email}"
    return f"{person_id}-{until}-{hmac.new(site.secret, said.encode(), hashlib.sha256).hexdigest()[:40]}"


def _read(token: str) -> tuple[int, datetime]:
    """Who and until when, as `token` claims. Raises Refused where it does not read like one."""
    if not (found := re.fullmatch(r"([0-9]{1,9})-([0-9]{10})-[0-9a-f]{40}", token)):
        raise Refused(N_("这个链接已失效，请在“通知方式”里重新发送"))
    return int(found[1]), datetime(1970, 1, 1) + timedelta(seconds=int(found[2]))


def deliveries_of(person: Person, before: int | None = None, limit: int = 20) -> list[Delivery]:
    """What was sent to `person` outside the hall, newest first, older than the id `before`."""
    query = Delivery.select().where(Delivery.person == person.id)
    if before is not None:
        query = query.where(Delivery.id < before)
    return list(query.order_by(Delivery.id.desc()).limit(limit))


def forget(person: Person) -> None:
    """Drop every address of `person`, inside the caller's transaction: for an account that is closed for good."""
    ContactSettings.delete().where(ContactSettings.person == person.id).execute()
    mine = Delivery.person == person.id
    open_ = Delivery.status.in_(["waiting", "sending"])
    Delivery.update(status="failed", error=N_("账号已停用"), claimed_until=None).where(mine, open_).execute()
    Delivery.update(address="").where(mine).execute()


def post(settings: ContactSettings, template: str, *, subject: str, due: datetime | None = None) -> Delivery:
    """Put one mail to the address of `settings` on its way, inside the caller's transaction; `due` is naive UTC.

    Its Message-ID is made here, so that a try that is repeated is the same mail to whoever gets both.
    """
    return Delivery.create(
        person=settings.person_id,
        channel="mail",
        address=settings.email,
        language=settings.language,
        template=template,
        subject=subject[:200],
        due=due or clock.now(),
        message_id=f"<{secrets.token_hex(16)}@{urlsplit(site.url).hostname}>",
        created=clock.now(),
    )


def post_to(address: str, sentence: str) -> Delivery:
    """Put one mail with a sentence to an address of the hall itself, that of a duty phone, on its way."""
    return Delivery.create(
        channel="mail",
        address=address,
        template="duty",
        subject=sentence[:200],
        due=clock.now(),
        message_id=f"<{secrets.token_hex(16)}@{urlsplit(site.url).hostname}>",
        created=clock.now(),
    )


def _link_waits(person: Person, address: str) -> bool:
    """Whether a link to `address` is on its way."""
    query = Delivery.select().where(Delivery.person == person.id, Delivery.address == address)
    return query.where(Delivery.template == "confirm", Delivery.status.in_(["waiting", "sending"])).exists()


def _refuse_many_links(person: Person) -> None:
    """Nobody fills a stranger's mailbox with links."""
    recent = Delivery.select().where(Delivery.person == person.id, Delivery.template == "confirm")
    for span, most in ((timedelta(hours=1), LINKS_AN_HOUR), (timedelta(days=1), LINKS_A_DAY)):
        if recent.where(Delivery.created > clock.now() - span).limit(most).count() >= most:
            raise TooOften(N_("确认邮件发送得太频繁，请稍后再试"), field="email")


def _own(person: Person, by: Person) -> None:
    if by.id != person.id:
        raise Refused(N_("只能修改自己的通知方式"))


def _held_row(person: Person) -> ContactSettings:
    """The row of `person`, made if it is missing, held until the caller's transaction ends."""
    ContactSettings.insert(person=person, updated=clock.now()).on_conflict_ignore().execute()
    return held(ContactSettings.select().where(ContactSettings.person == person.id)).get()


def _save(settings: ContactSettings, **values: Any) -> None:
    for name, value in {**values, "updated": clock.now()}.items():
        setattr(settings, name, value)
    settings.save()
