"""The roles as data: what each is called, what its scope names, what it may do which entities it reads and edits."""

from dataclasses import dataclass

from hall.words import N_


@dataclass(frozen=True)
class Role:
    """What a role is called, what its scope names, what it may do and which entities it sees whole.

    `scope` is "" (a role for the whole hall), "group", "department", "building" or "team". `reads` and `edits`
    are entity names for the generated panel; `*` is every entity.
    """

    label: str
    scope: str = ""
    may: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    edits: frozenset[str] = frozenset()
    panel: bool = True


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_REPAIR_DATA = _set("RepairOrder MaintenanceGroup RepairItem RoutingRule PriceBookEntry Building Room")
_GROUP_STEPS = _set("repair.read repair.accept repair.comment repair.hold repair.resume")

ROLES: dict[str, Role] = {
    "administrator": Role(
        N_("系统管理员"),
        may=_set(
            "panel.enter grants.edit roster.import routing.edit repair.read repair.see_all doors.print words.edit "
            "supervision.read supervision.see_all property.read property.see_all market.see_all website.edit "
            "configure.edit views.share private.show application.read application.see_all figures.read"
        ),
        reads=_set("*"),
        edits=_set("*"),
    ),
    "operator": Role(
        N_("接线员"),
        may=_set(
            "panel.enter repair.report repair.report_for repair.read repair.see_all repair.comment doors.print "
            "private.show"
        ),
        reads=_REPAIR_DATA,
    ),
    "reviewer": Role(
        N_("审核员"),
        may=_set("panel.enter repair.read repair.see_all repair.approve repair.send_back repair.decline"),
        reads=_REPAIR_DATA,
    ),
    "lead": Role(
        N_("维修组长"),
        scope="group",
        may=_GROUP_STEPS
        | _set(
            "panel.enter figures.read repair.dispatch repair.transfer repair.send_back repair.decline repair.merge "
            "repair.urge repair.lead private.show"
        ),
        reads=_REPAIR_DATA,
    ),
    "worker": Role(
        N_("维修工"),
        scope="group",
        may=_set("panel.enter repair.read repair.accept repair.comment repair.tasks"),
    ),
    "keeper": Role(
        N_("楼宇管理员"),
        scope="building",
        may=_set("panel.enter repair.read repair.keep"),
        reads=_set("Building Room Bed"),
    ),
    "settler": Role(
        N_("决算员"),
        may=_set("panel.enter repair.read repair.see_all repair.settle"),
        reads=_REPAIR_DATA,
        edits=_set("PriceBookEntry"),
    ),
    "finance": Role(
        N_("财务"),
        may=_set("panel.enter figures.read repair.read repair.see_all repair.close repair.reject_settlement"),
        reads=_REPAIR_DATA | _set("SettlementLine"),
    ),
    "visitor_of_ratings": Role(
        N_("回访员"),
        may=_set("panel.enter repair.read repair.see_all repair.follow_up"),
        reads=_set("Rating"),
    ),
    "leader": Role(
        N_("集团领导"),
        may=_set(
            "panel.enter repair.read repair.see_all repair.urge repair.oversee supervision.read supervision.oversee "
            "supervision.urge supervision.approve property.read property.see_all property.dispose figures.read"
        ),
        reads=_REPAIR_DATA | _set("Rating Department"),
    ),
    "apartment_manager": Role(
        N_("公寓管理员"), may=_set("panel.enter"), reads=_set("Building Room Bed"), edits=_set("Room Bed")
    ),
    "moderator": Role(
        N_("内容审核员"),
        may=_set(
            "panel.enter words.edit moderation.decide supervision.read supervision.see_all supervision.forward "
            "supervision.merge supervision.answer property.see_all market.see_all talk.judge"
        ),
        reads=_set("Submission Report SensitiveWord ReasonTemplate ModerationRule BannedGoods"),
        edits=_set("ReasonTemplate BannedGoods"),
    ),
    "handler": Role(
        N_("部门经办人"),
        scope="department",
        may=_set("panel.enter figures.read supervision.read supervision.handle supervision.talk supervision.answer"),
        reads=_set("ReplyTemplate"),
        edits=_set("ReplyTemplate"),
    ),
    "storekeeper": Role(N_("库管员"), may=_set("panel.enter")),
    "buyer": Role(N_("采购员"), may=_set("panel.enter")),
    "lost_property_desk": Role(
        N_("失物招领值守点"),
        may=_set(
            "panel.enter property.read property.see_all property.keep property.judge property.hand_over "
            "property.dispose"
        ),
        reads=_set("PropertyNotice Claim ItemKind LostPropertyDesk Building"),
        edits=_set("LostPropertyDesk"),
    ),
    "department_approver": Role(N_("部门审批人"), may=_set("panel.enter")),
    "clerk": Role(
        N_("服务办理员"),
        scope="team",
        may=_set("panel.enter application.read application.decide private.show"),
        reads=_set("Application Answer"),
    ),
    "editor": Role(
        N_("网站编辑"),
        may=_set("panel.enter website.edit"),
        reads=_set("Article Attachment ServiceLink SiteText"),
        edits=_set("ServiceLink SiteText"),
    ),
}

EVERYBODY = Role(
    N_("师生"),
    may=_set(
        "repair.report supervision.post supervision.comment moderation.report property.post property.claim "
        "market.offer talk.report application.apply"
    ),
)

# Roles that follow from the row: who somebody is to this order or thread.
RELATIONS: dict[str, Role] = {
    "reporter": Role(
        N_("报修人"),
        may=_set(
            "repair.read repair.resubmit repair.withdraw repair.inspect repair.rework repair.rate repair.urge "
            "repair.comment"
        ),
    ),
    "assigned": Role(
        N_("维修工"),
        may=_set("repair.read repair.refuse repair.start repair.hold repair.resume repair.finish repair.comment"),
    ),
    "follower": Role(N_("关注人"), may=_set("repair.read")),
    "keeper_here": Role(N_("楼宇管理员"), may=_set("repair.inspect repair.rework")),
    "author": Role(
        N_("作者"),
        may=_set(
            "moderation.edit moderation.withdraw moderation.appeal supervision.read supervision.satisfied "
            "supervision.reopen property.judge property.hand_over property.found_it market.sell market.deal "
            "market.release"
        ),
    ),
    "applicant": Role(N_("服务申请人"), may=_set("application.read application.answer")),
    "claimant": Role(N_("认领人"), may=_set("property.give_up")),
    "reserved_for": Role(N_("买家"), may=_set("market.deal market.release")),
    "assisting": Role(N_("协办部门"), may=_set("supervision.read supervision.talk")),
}

SYSTEM = Role(
    N_("系统"),
    may=_set(
        "repair.inspect repair.settle repair.close repair.late supervision.satisfied supervision.urge "
        "moderation.decide supervision.answer property.judge property.give_up property.match market.expire "
        "market.release application.remind"
    ),
)
