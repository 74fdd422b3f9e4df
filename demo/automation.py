"""Rules of the demo, as an operator would have made them at the beginning of the term."""

from hall import rules
from models import URGENT, DutyContact, Person, Rule

EVENING = [
    {"field": "priority", "is": "in", "value": [URGENT]},
    {"field": "time", "is": "within", "value": ["18:00", "07:30"]},
]
THIRD = [{"field": "repeats", "is": "at_least", "value": 3, "days": 60}]
LOW = [{"field": "mark", "is": "at_most", "value": 2}]


def write(*, by: Person) -> None:
    """A duty contact and three rules: one tells, one marks and tells, one is on trial."""
    duty = DutyContact.create(name="夜间值班电话", phone="0550-3511110", email="duty@hall.example", person=_operator())
    tell = {"audience": [f"duty:{duty.id}"], "text": "夜间紧急报修，请马上派人", "text_en": "Urgent repair at night"}
    mark = {"mark": "重复报修", "mark_en": "Repeated", "audience": ["role:lead"], "text": "同一房间同一项目第三次报修"}
    mark["text_en"] = "Third repair of this item in this room"
    for name, step, conditions, action, params in (
        ("夜间的紧急报修", "report", EVENING, "tell", tell),
        ("同一处反复报修", "report", THIRD, "mark", mark),
        ("评价很低的维修", "rate", LOW, "mark", {"mark": "需回访", "mark_en": "Call back", "dry": True}),
    ):
        said = {"name": name, "flow": "repair", "step": step, "conditions": conditions, "action": action}
        rules.save(Rule(**said, params=params), by=by)


def _operator() -> Person:
    return Person.get(Person.number == "T1004")
