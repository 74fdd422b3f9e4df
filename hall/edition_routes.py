"""Which team gets what is applied for: the routes of the draft of a service."""

from hall.edition_changes import Details, changed
from hall.edition_parts import room_for
from hall.words import N_, Refused
from models import Building, Department, Edition, Person, ServiceRoute, Team


def put_route(
    edition: Edition,
    *,
    by: Person | None,
    team: Team | None,
    building: Building | None = None,
    department: Department | None = None,
    question: str = "",
    value: str = "",
    seen: int | None = None,
    once: str | None = None,
) -> Edition:
    """Let what comes from a building or department, or was answered so, go to `team`. At least one must be said."""

    def act(row: Edition, role: str) -> Details:
        if team is None:
            raise Refused(N_("请选择办理组"), field="team")
        if not (building or department or question):
            raise Refused(N_("请至少选一个条件：楼宇、部门或某个问题的回答"), field="building")
        if bool(question) != bool(value):
            raise Refused(N_("请选择问题，并写明回答是什么"), field="value" if question else "question")
        said = {"building": building, "department": department, "question": question, "value": value}
        same = [getattr(ServiceRoute, name) == each if each is not None else getattr(ServiceRoute, name).is_null()
                for name, each in said.items()]  # fmt: skip
        if ServiceRoute.select().where(ServiceRoute.edition == row.id, *same).exists():
            raise Refused(N_("已经有一条同样条件的分派，请先删除它"))
        room_for(ServiceRoute, row)
        made = ServiceRoute.create(edition=row, team=team, **said)
        return {"added": [str(each) for each in said.values() if each], "team": team.name, "id": made.id}

    return changed(edition, act, by=by, seen=seen, once=once, name="add_route", label=N_("添加分派"))


def drop_route(edition: Edition, route_id: int, *, by: Person | None, seen: int | None = None) -> Edition:
    """Take a route off a draft."""

    def act(row: Edition, role: str) -> Details:
        route = ServiceRoute.get_or_none(ServiceRoute.edition == row.id, ServiceRoute.id == route_id)
        if route is None:
            raise Refused(N_("这一行已经不在了"), stale=True)
        said = [str(each) for each in (route.building, route.department, route.value) if each]
        route.delete_instance()
        return {"removed": said, "team": route.team.name}

    return changed(edition, act, by=by, seen=seen, name="drop_route", label=N_("删除分派"))
