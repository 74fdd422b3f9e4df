"""What somebody has asked of the services that an operator made, as matters of theirs."""

from peewee import JOIN, fn

from hall.matter_sources import Asked, Source
from models import Application, Building, Edition, ServiceState, Team


def applications(asked: Asked) -> Source:
    """title: name of the service, place: building, form: room, status: name of the state, worker: that in English,
    unit: team, code: phase."""
    row, outer = Application, JOIN.LEFT_OUTER
    here = (ServiceState.edition == row.edition) & (ServiceState.code == row.status)
    query = row.select().join_from(row, Edition).join_from(row, Team, outer).join_from(row, Building, outer)
    query = query.join_from(row, ServiceState, outer, on=here)
    return Source(
        query=query.where(row.applicant == asked.person),
        moment=row.created,
        id=row.id,
        is_open=row.phase.in_(["open", "applicant"]),
        waits=row.phase == "applicant",
        columns={
            "number": row.number,
            "title": Edition.name,
            "form": row.room_number,
            "place": fn.COALESCE(Building.name, ""),
            "status": row.status_name,
            "worker": fn.COALESCE(ServiceState.name_en, ""),
            "unit": fn.COALESCE(Team.name, ""),
            "code": row.phase,
            "due": row.due,
        },
    )
