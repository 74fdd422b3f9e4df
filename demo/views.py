"""Lists that everybody in the panel looks at: saved as views and shared."""

from hall import saved_views
from models import Building, Entity, Person, RepairOrder

# The list, the name of the view, and what the address of the list says.
VIEWS: list[tuple[type[Entity], str, dict[str, str]]] = [
    (RepairOrder, "今天的新报修", {"flt_status": "reported", "flt_created": "today"}),
    (
        RepairOrder,
        "本周要完工",
        {
            "flt_status": "accepted,dispatched,repairing,on_hold",
            "flt_finish_due": "this_week",
            "columns": "number,status,item,building,room_number,group,worker,finish_due",
        },
    ),
    (RepairOrder, "已派组还没派人", {"flt_status": "accepted", "flt_worker_empty": "-"}),
    (Building, "六层以上", {"flt_floors_least": "6", "columns": "code,name,campus,floors"}),
]


def write(*, by: Person) -> None:
    """Save the shared views of the demo as `by`, who may share."""
    for model, name, said in VIEWS:
        saved_views.keep(by=by, model=model, name=name, said=said, is_shared=True)
