"""What is one's own of lost and found: what waits, what one brought or claims, and a receipt to print."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from hall import access, lost_found, lost_reading
from hall.lost_flow import is_kept
from hall.words import N_
from models import MODERATION_STATES, ItemKind, Person, PropertyNotice
from portal.lost_found import bp, read
from portal.repairs import key
from portal.supervision import me

# --- the receipt -------------------------------------------------------------------------------------


@bp.get("/lost-found/<number>/receipt")
@login_required
def receipt(number: str) -> str | Response:
    """To print: that it was handed in, or that it was given back; for who brought it, who got it, and the desk."""
    notice, person = read(number), me()
    assert person is not None
    known = person.id in (notice.author_id, notice.claimant_id) or access.may(person, "property.keep")
    if not known:
        abort(404)
    given_back = notice.status == "returned" and notice.kind == "found"
    if not is_kept(notice) and not given_back:
        flash(_("交到值守点或归还以后，才有凭证"))
        return redirect(url_for("lost_found.show", number=notice.number))
    claim = lost_found.done_claim(notice)
    return render_template("lost_found/receipt.html", notice=notice, claim=claim, given_back=given_back)


# --- what is mine ------------------------------------------------------------------------------------

SHOWS = {"posted": N_("我登记的"), "claimed": N_("我认领的")}


@bp.get("/lost-found/mine")
@login_required
def mine() -> str:
    """What waits for me, then what I brought, or what I claim; newest first."""
    person = me()
    assert person is not None
    show = "claimed" if request.args.get("show") == "claimed" else "posted"
    before = key(request.args.get("before"))
    rows, more = lost_reading.mine(person, before) if show == "posted" else ([], None)
    waits = [] if before else _waiting(person)
    return render_template(
        "lost_found/mine.html",
        show=show,
        shows=SHOWS,
        waits=waits,
        rows=[row for row in rows if row.id not in {each.id for each, _why in waits}],
        more=more,
        claims=lost_reading.claimed_by(person) if show == "claimed" else [],
        states=MODERATION_STATES,
    )


def _waiting(person: Person) -> list[tuple[PropertyNotice, str]]:
    """The notices that go on only if `person` does something, each with what that is, as a msgid."""
    cards = [(notice, N_("去认领")) for notice in lost_reading.cards_of(person) if notice.status in ("open", "kept")]
    notice = PropertyNotice
    by_me = (notice.author == person.id) & notice.kept_from.is_null() & notice.status.in_(["verifying", "to_hand_over"])
    back = (notice.author == person.id) & (notice.moderation == "needs_changes")
    to_me = (notice.claimant == person.id) & (notice.status == "to_hand_over")
    query = notice.select(notice, ItemKind).join(ItemKind).where(by_me | back | to_me)
    return cards + [(row, _what(row, person)) for row in query.order_by(notice.id.desc()).limit(lost_reading.AT_MOST)]


def _what(notice: PropertyNotice, person: Person) -> str:
    if notice.claimant_id == person.id:
        return N_("去取回")
    if notice.moderation == "needs_changes":
        return N_("修改后重新提交")
    return N_("核对认领") if notice.status == "verifying" else N_("完成交接")
