"""How the author of a thread ends it, or asks for it again; `forms/supervisions.py` hands these on by their step."""

import wtforms

from forms import StepForm
from forms.fields import CHOSEN, at_most, lines, reason_field
from hall.words import N_
from models import SCORES


class SatisfiedForm(StepForm):
    score = wtforms.RadioField(N_("对这次答复"), [CHOSEN], choices=SCORES, coerce=int)
    words = wtforms.TextAreaField(
        N_("想说的话（可不填）"), [at_most(300)], filters=[lines], render_kw={"rows": 3, "maxlength": 300}
    )


class ReopenForm(StepForm):
    reason = reason_field(N_("哪里没有解决"), N_("例如：答复说已经修好，今天去看还是老样子"))
