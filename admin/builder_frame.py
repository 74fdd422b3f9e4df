"""What the pages of the builder share: which service and draft an address names, and how a question is answered."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from admin import builder_words as words
from admin.gate import Gate
from forms.editions import SeenForm
from hall import archive, editions
from hall.edition_changes import NEED
from hall.edition_plan import KINDS, TONES, is_end, kind_of
from hall.words import Refused
from models import APPLICATION_PHASES, EDITION_STATES, Edition, Service, Team
from templating import status_of

EDITION_TONES = {"draft": ("warn", "pencil"), "published": ("ok", "check-circle"), "retired": ("mute", "archive")}


class Frame(Gate):
    need = NEED

    def render(self, template: str, **page: Any) -> str:
        known = {"words": words, "tones": TONES, "phases": APPLICATION_PHASES, "kinds": KINDS, "kind_of": kind_of}
        more = {"is_end": is_end, "edition_tones": EDITION_TONES, "edition_states": EDITION_STATES}
        return super().render(template, **known, **more, **page)

    def ask(
        self,
        template: str,
        make: Callable[[Any], Any],
        act: Callable[[dict[str, Any]], Any],
        done: Callable[[Any], Any],
        again: Callable[[], Any] | None = None,
        **page: Any,
    ) -> Any:
        """Show the form of `make(formdata)`, do `act(answers)` with what is posted, then go where `done` says.

        Who is late sees what stands there now (`again` makes the form anew) beside what they typed, and may then save
        over it.
        """
        form, status, beside = make(request.form if request.method == "POST" else None), 200, {}
        if request.method == "POST":
            status = 400
            if form.validate():
                try:
                    return done(act(form.answers()))
                except Refused as refused:
                    form.blame(refused)
                    status = status_of(refused)
                    if refused.stale and again:
                        fresh = again()
                        beside = _differing(form, fresh)
                        if "seen" in form._fields:
                            form.seen.data = fresh.seen.data
        return self.render(template, form=form, beside=beside, **page), status


def _differing(form: Any, fresh: Any) -> dict[str, str]:
    """What stands there now where it is not what was typed: {field: text}."""
    found = {}
    for name, field in fresh._fields.items():
        if name not in ("once", "seen") and name in form._fields and field.data != form[name].data:
            chosen = (
                [str(choice.label) for choice in field.iter_choices() if choice.selected] if _chooses(field) else []
            )
            said = field.data if isinstance(field.data, str | int | float) and not isinstance(field.data, bool) else ""
            yes_no = {True: "✓", False: "—"}.get(field.data) if isinstance(field.data, bool) else None
            found[name] = "、".join(chosen) if chosen else yes_no or str(said or field.data or "")
    return found


def _chooses(field: Any) -> bool:
    return hasattr(field, "iter_choices") and not (hasattr(field, "has_groups") and field.has_groups())


def service_of(code: str) -> Service:
    return editions.find(code) or abort(404)


def draft_of(code: str) -> tuple[Service, Edition]:
    """The service with this code and its draft; 404 where nobody has begun one."""
    edition = editions.at_work(code)[1] or abort(404)
    return edition.service, edition


def seen_form(edition: Edition) -> dict[str, Any]:
    """What `ask` needs of a page that only asks whether: the form, and the form as it would be now."""
    code = edition.service.code
    return {
        "make": lambda said: SeenForm(said, version=edition.version),
        "again": lambda: SeenForm(version=draft_of(code)[1].version),
    }


def teams() -> list[Team]:
    """The teams that can be chosen."""
    return list(archive.without(Team.select()).order_by(Team.name))


def to_draft(code: str, said: str = "", anchor: str | None = None) -> Any:
    """Back to the draft, with a word about what was done."""
    if said:
        flash(said, "ok")
    return redirect(url_for("builder.draft", code=code, _anchor=anchor))


def saved() -> str:
    return _("已保存到草稿")
