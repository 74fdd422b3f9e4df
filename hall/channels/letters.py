"""A mail out of its template: `templates/mail/<language>/<template>.txt`, which an operator can read and change.

The first line is the subject; the rest are paragraphs; what follows `--` is the small print. `# words` is the heading,
`[words] $link` a button, `$lines` the list of a digest. The plain text and the HTML come from the same file, the frame
of the HTML from `templates/mail/frame.htm`. Values are put in once: nothing people wrote is taken for a template.
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from hall import access, clock, contact, repairs, site
from hall.channels import words
from hall.words import N_
from models import Delivery, DeliveryItem, Notification, Person, RepairOrder

FOLDER = Path(__file__).parents[2] / "templates" / "mail"
TAGS = {"zh": "zh-Hans", "en": "en"}
MOST_LINES = 50
SENDER = N_("后勤服务大厅")
# A mail brings its look along: no reader of mail loads a style sheet.
IN_TEXT = "color:#0b6b58"
ON_BUTTON = (
    "display:inline-block;padding:10px 20px;border-radius:8px;background:#0b6b58;color:#fff;text-decoration:none"
)
BUTTON = re.compile(r"\[(?P<words>[^\]]+)\] (?P<link>\$\w+)")


class Line(NamedTuple):
    """One notification in a mail."""

    sentence: str
    link: str
    moment: str


def compose(delivery: Delivery) -> EmailMessage:
    """The mail of `delivery`, the same at every try; its subject is what Delivery.subject is to become."""
    items = _items(delivery)
    about = _about(delivery.person, items, delivery.language) if delivery.person else {}
    lines = [_line(item, about.get(_number(item), ""), delivery.language) for item in items]
    values = _values(delivery, lines)
    subject, body, small = _read(delivery.language, delivery.template)
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = delivery.message_id
    message["Date"] = format_datetime(clock.local(clock.now()))
    message["From"] = Address(
        words.translate(SENDER, delivery.language), addr_spec=site.mail.sender if site.mail else ""
    )
    message["To"] = Address(addr_spec=delivery.address)
    message["Subject"] = words.line(Template(subject).safe_substitute(values))[:200]
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if delivery.template not in ("confirm", "duty"):
        message["List-Unsubscribe"] = f"<{values['settings']}>"
    text = "\n\n".join([*_as_text(body, values, lines), "-- ", *_as_text(small, values, lines)]) + "\n"
    message.set_content(text.replace("-- \n\n", "-- \n"), cte="base64")
    page = {"language": TAGS[delivery.language], "title": html.escape(message["Subject"])}
    page |= {"body": "\n".join(_as_html(body, values, lines)), "small": "\n".join(_as_html(small, values, lines))}
    frame = Template((FOLDER / "frame.htm").read_text("utf-8")).substitute(page)
    message.add_alternative(frame, subtype="html", cte="base64")
    message["Content-Language"] = TAGS[delivery.language]  # only now: it would have gone into the first part
    return message


def _items(delivery: Delivery) -> Sequence[Notification]:
    """The notifications that `delivery` carries, oldest first."""
    items = DeliveryItem.delivery == delivery.id
    return list(Notification.select().join(DeliveryItem).where(items).order_by(Notification.id))


def _about(person: Person, items: Sequence[Notification], language: str) -> dict[str, str]:
    """What and where the orders are that the messages name only by number, as far as `person` may see them."""
    numbers = [number for item in items if (number := _number(item)) in item.text]
    if not numbers:
        return {}
    orders: Any = repairs.joined(access.visible(person, RepairOrder).where(RepairOrder.number.in_(numbers)))
    shown = {order.number: (order.item.name, order.place) for order in orders}
    return {number: " · ".join(words.translate(part, language) for part in parts) for number, parts in shown.items()}


def _number(notification: Notification) -> str:
    return notification.link.rpartition("/")[2]


def _line(notification: Notification, about: str, language: str) -> Line:
    path = notification.link if re.fullmatch(r"/[!-~]*", notification.link) else "/inbox"
    sentence, moment = words.spoken(notification.text, language), words.moment(notification.created, language)
    is_said = about.partition(" · ")[0] in sentence
    return Line(sentence, site.url + path, moment if is_said else f"{about} · {moment}")


def _values(delivery: Delivery, lines: Sequence[Line]) -> dict[str, str]:
    """What the `$words` of a template stand for."""
    if delivery.template == "confirm":
        token = contact.make_token(delivery.person_id, delivery.address, delivery.created + contact.LINK_LASTS)
        link = f"{site.url}/me/email/{token}"
    else:
        link = lines[0].link if len(lines) == 1 else f"{site.url}/inbox"
    return {
        "name": words.line(delivery.person.name) if delivery.person else "",
        "sentence": lines[0].sentence if lines else delivery.subject,
        "moment": lines[0].moment if lines else "",
        "count": str(len(lines)),
        "link": link,
        "hours": str(contact.LINK_LASTS // timedelta(hours=1)),
        "settings": f"{site.url}/me/contact",
        "inbox": f"{site.url}/inbox",
        "address": delivery.address,
    }


def _read(language: str, template: str) -> tuple[str, list[str], list[str]]:
    """The subject, the paragraphs and the small print of a template."""
    subject, _, rest = (FOLDER / language / f"{template}.txt").read_text("utf-8").partition("\n")
    body, _, small = rest.partition("\n--\n")
    return subject, _paragraphs(body), _paragraphs(small)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _as_text(paragraphs: Sequence[str], values: Mapping[str, str], lines: Sequence[Line]) -> list[str]:
    shown = [f"· {line.moment}  {line.sentence}\n  {line.link}" for line in lines[:MOST_LINES]]
    listed = {**values, "lines": "\n".join(shown)}
    plain = (BUTTON.sub(_with_colon, each.removeprefix("# ")) for each in paragraphs)
    return [Template(each).safe_substitute(listed) for each in plain]


def _with_colon(button: re.Match[str]) -> str:
    return f"{button['words']}{': ' if button['words'].isascii() else '：'}{button['link']}"


def _as_html(paragraphs: Sequence[str], values: Mapping[str, str], lines: Sequence[Line]) -> list[str]:
    safe = {name: html.escape(value) for name, value in values.items()}
    safe["lines"] = f'<ul style="margin:0;padding:0 0 0 18px">{"".join(map(_entry, lines[:MOST_LINES]))}</ul>'
    made = []
    for each in paragraphs:
        said = html.escape(each.removeprefix("# "), quote=False).replace("\n", "<br>")
        look = ON_BUTTON if BUTTON.fullmatch(each) else IN_TEXT
        said = BUTTON.sub(rf'<a href="\g<link>" style="{look}">\g<words></a>', said)
        tag = "h1" if each.startswith("# ") else "div" if "$lines" in each else "p"  # no list stands in a paragraph
        style = "margin:0 0 16px;font-size:20px;line-height:1.5" if tag == "h1" else "margin:0 0 16px"
        made.append(f'<{tag} style="{style}">{Template(said).safe_substitute(safe)}</{tag}>')
    return made


def _entry(line: Line) -> str:
    link = f'<a href="{html.escape(line.link)}" style="{IN_TEXT}">{html.escape(line.sentence)}</a>'
    return f'<li style="margin:0 0 12px">{link}<br><span style="color:#5b6b65">{html.escape(line.moment)}</span></li>'
