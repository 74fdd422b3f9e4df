"""The lost property desk 失物招领值守点: what somebody brings, found by its number, and what goes on paper."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response

from admin import queue_property
from admin.gate import Gate, me
from forms.lost_found import RegisterForm
from hall import access, clock, events, forgetting, keyset, lost_found, printing, site
from hall.words import N_, Refused
from models import Event, PropertyNotice
from templating import said, status_of

MOST_TAGS, PAGE = 60, 50
HANDED = ("hand_over", "register", "hand_in", "dispose", "propose_disposal")

# What becomes of what was kept past its time: [(key, label, tone, icon, condition)], `now` at request time.
PARTS: list[tuple[str, str, str, str, Callable[[], Any]]] = [
    ("announce", N_("待公示"), "bad", "megaphone", lambda: PropertyNotice.announced.is_null()),
    (
        "announced",
        N_("公示中"),
        "info",
        "megaphone",
        lambda: (PropertyNotice.dispose_from > clock.now()) & PropertyNotice.proposed_by.is_null(),
    ),
    (
        "dispose",
        N_("可以处置"),
        "warn",
        "box-arrow-right",
        lambda: (PropertyNotice.dispose_from <= clock.now()) & PropertyNotice.proposed_by.is_null(),
    ),
    ("check", N_("等待复核"), "warn", "people", lambda: PropertyNotice.proposed_by.is_null(False)),
]


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    name = lazy_gettext("值守点登记")
    view = LostProperty(name=name, endpoint="lost_property", url="/admin/lost-property", category="boards")
    view.menu_icon_value = "inbox-fill"
    return [view]


class LostProperty(Gate):
    need = "property.keep"

    @expose("/", methods=("GET", "POST"))
    def new(self) -> Any:
        """Write down what somebody brings while they stand there; it gets a tag and a shelf at once."""
        typed = CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None
        form, status = RegisterForm(typed, person=me()), 200 if request.method == "GET" else 400
        if request.method == "GET":
            form.point.data = _usual_point()
        if request.method == "POST" and form.validate():
            try:
                notice = lost_found.register(by=me(), **form.answers())
                return redirect(url_for(".done", number=notice.number), 303)
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
        return self.render("admin/lost_property.html", form=form), status

    @expose("/find")
    def find(self) -> Response:
        """From a number, of a notice or of a tag, to where its next step is."""
        typed = request.args.get("number", "").strip().upper()[:20]
        known = (PropertyNotice.number == typed) | (PropertyNotice.tag == typed)
        notice = access.visible(me(), PropertyNotice).where(known).first() if typed else None
        if notice is None:
            flash(_("没有找到这个编号，请核对后再输"), "warning")
            return redirect(url_for(".new"))
        step = lost_found.flow.steps["hand_in"]
        brought = step.allowed(notice, me()) and not lost_found.pointless(notice, step.name, me())
        there = {"step": step.name} if brought else {}
        return redirect(url_for("queue.step" if there else "queue.show", flow=NAME, number=notice.number, **there))

    @expose("/<number>/done")
    def done(self, number: str) -> str:
        """The tag to stick on it, the shelf to lay it on, and whom it may belong to."""
        notice = _kept(number)
        matches = [(match, [said(reason) for reason in match.reasons]) for match in lost_found.matches(notice, me())]
        return self.render("admin/lost_property_done.html", notice=notice, matches=matches)

    @expose("/tags")
    def tags(self) -> str:
        """Tags to cut out: of the numbers in the address, else of what came in today."""
        numbers = [number[:20].upper() for number in request.args.getlist("number")][:MOST_TAGS]
        query = queue_property.joined(access.visible(me(), PropertyNotice)).where(PropertyNotice.tag.is_null(False))
        if numbers:
            query = query.where(PropertyNotice.number.in_(numbers))
        else:
            midnight = clock.utc(datetime.combine(clock.today(), time()))
            query = query.where(PropertyNotice.status == "kept", PropertyNotice.kept_from >= midnight)
        rows = list(query.order_by(PropertyNotice.id.desc()).limit(MOST_TAGS))
        if numbers and not rows:
            abort(404)
        return self.render("admin/lost_property_tags.html", rows=rows, code=_code, chosen=bool(numbers))

    @expose("/<number>/receipt")
    def receipt(self, number: str) -> str:
        """On paper: for who brought it, for who took it home, or of its disposal, as it stands."""
        notice = _kept(number)
        about = (Event.subject_type == events.subject_type(notice)) & (Event.subject_id == notice.id)
        trail = forgetting.veil(Event.select().where(about, Event.name.in_(HANDED)).order_by(Event.seq), notice)
        return self.render("admin/lost_property_receipt.html", notice=notice, who={e.name: e.actor_name for e in trail})

    @expose("/overdue")
    def overdue(self) -> str:
        """What was kept past its time: to be announced, announced, to be disposed of by two."""
        notice, chosen = PropertyNotice, request.args.get("lane", "")
        query = queue_property.joined(access.visible(me(), notice))
        query = query.where(notice.status == "kept", notice.keep_until < clock.now())
        narrowed = [condition() for key, *_words, condition in PARTS if key == chosen]
        after = request.args.get("after", "")
        columns = (notice.keep_until, notice.id)
        rows, following = keyset.page_of(query, *columns, after=after, down=False, limit=PAGE, narrowed=narrowed)
        page = {"rows": rows, "following": following, "parts": PARTS, "chosen": chosen if narrowed else ""}
        return self.render("admin/lost_property_overdue.html", **page, part_of=_part, due=queue_property.due)


NAME = lost_found.flow.name


def _usual_point() -> str:
    """The desk at which whoever asks took something in last, as the form knows it; "" before the first time."""
    theirs = access.visible(me(), PropertyNotice).where(PropertyNotice.receiver == me().id)
    last = theirs.order_by(PropertyNotice.id.desc()).first()
    return str(last.point_id) if last is not None else ""


def _kept(number: str) -> PropertyNotice:
    """The notice with this number, which is or was at the desk or was given back; else 404."""
    query = access.visible(me(), PropertyNotice).where(PropertyNotice.number == number)
    notice = queue_property.joined(query).first()
    return notice if notice and (notice.kept_from or notice.returned) else abort(404)


def _part(notice: PropertyNotice) -> str:
    """Where in PARTS something that was kept past its time stands."""
    if notice.proposed_by_id is not None:
        return "check"
    if notice.dispose_from is None:
        return "announce"
    return "announced" if notice.dispose_from > clock.now() else "dispose"


def _code(notice: PropertyNotice) -> Markup:
    """The QR code by which the desk opens what it has in hand."""
    return Markup(printing.qr_svg(f"{site.url}/admin/queue/{NAME}/{notice.number}"))
