"""The questions that an operator added, as a piece of a form's page: which, follows from what is chosen there."""

from flask import Blueprint, abort, render_template, request

from forms.questions import Asks, item_questions
from hall import questions

bp = Blueprint("questions_asked", __name__)
# What is asked of everybody who opens a form; what an application asks, its own page knows.
OPEN = ("repair_item", "thread", "property_notice", "listing")


@bp.get("/questions/<asked_of>")
def piece(asked_of: str) -> str:
    """What is asked where `about` is chosen: the id of a repair item, else the code of a kind or category."""
    if asked_of not in OPEN:
        abort(404)
    about = request.args.get("about", "")[:40]
    asked = item_questions({"item": about}) if asked_of == "repair_item" else questions.of(asked_of, about)
    return render_template("questions_piece.html", form=Asks(asked=asked))
