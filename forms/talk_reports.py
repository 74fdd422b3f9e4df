"""One form a step of a reported conversation, found by the step's name (`forms.step_form`)."""

from typing import Any

from forms import StepForm
from forms.fields import note_field
from hall.words import N_


class _FindingForm(StepForm):
    finding = note_field(N_("审核意见（可不填，只有审核员看到）"))

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "finding": self.finding.data or ""}


class UpholdForm(_FindingForm):
    pass


class DismissForm(_FindingForm):
    pass
