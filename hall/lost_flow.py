"""The flow of lost and found 失物招领 beside its moderation, and what several of its steps share."""

from collections.abc import Callable
from typing import Any

from hall import access, clock
from hall.flow import Flow, Step
from hall.words import N_, Refused
from models import NOTICE_STATES, Claim, Person, PropertyNotice


class PropertyFlow(Flow):
    """A flow in which a step may count its tries: `first[step]` runs before it, in a transaction of its own.

    What is counted there stays although the step is refused.
    """

    first: dict[str, Callable[..., None]]

    def perform(self, subject: Any, step: Step | str, *, by: Person | None, **answers: Any) -> Any:
        """As in `Flow.perform`, behind what the step has in `first`."""
        name = step if isinstance(step, str) else step.name
        if name in self.first:
            self.first[name](subject, by=by, **answers)
        return super().perform(subject, step, by=by, **answers)


flow = PropertyFlow("property_notice", "失物招领", PropertyNotice, NOTICE_STATES)
flow.first = {}

TITLE_LEAST, TITLE_MOST = 2, 40
TEXT_MOST = 1000
PLACE_MOST, QUESTION_MOST, DETAIL_MOST = 60, 100, 300
MOST_TAGS, TAG_MOST = 5, 10
MOST_TRIES = 5  # wrong codes until a code is void
# What was reviewed, or need not be, and was not taken out of sight since.
REVIEWED = ("published", "private")
CARD_QUESTION = N_("请写出卡上的姓名、单位或学院，以及号码的后四位")
QUESTION = N_("请说出一个照片和描述里看不到的特征，例如里面有什么、哪里有磨损")
RETURNED = "property_returned"  # the counter of what came home


def is_kept(notice: PropertyNotice) -> bool:
    """Whether the thing itself lies at the desk, or did when it was given back or disposed of."""
    return notice.kept_from is not None


def resting(notice: PropertyNotice) -> str:
    """The state of a found thing that nobody claims."""
    return "kept" if is_kept(notice) else "open"


def current_claim(notice: PropertyNotice) -> Claim | None:
    """The claim that is being judged, or whose thing waits to be handed over; None where there is none."""
    under_way = (Claim.notice == notice.id) & Claim.status.in_(["waiting", "accepted"])
    found: Claim | None = Claim.select().where(under_way).order_by(Claim.id.desc()).first()
    return found


def done_claim(notice: PropertyNotice) -> Claim | None:
    """The claim by which the thing was given back; None where it was not."""
    found: Claim | None = Claim.get_or_none(Claim.notice == notice.id, Claim.status == "done")
    return found


def judges(notice: PropertyNotice, person: Person | None) -> bool:
    """Whether `person` judges claims of this thing and hands it over: the desk while it lies there, else who found it.

    Never the claimant.
    """
    if person is None or person.is_closed or person.id == notice.claimant_id:
        return False
    return access.may(person, "property.judge") if is_kept(notice) else notice.author_id == person.id


def only_who_has_it(notice: PropertyNotice, by: Person | None) -> None:
    """Raise Refused where `by` may not judge or hand over this thing now."""
    if by is not None and by.id == notice.claimant_id:
        raise Refused(N_("自己认领的物品，请由别人核验和交接"))
    if not judges(notice, by):
        sentence = (
            N_("物品在值守点保管，由值守点核验和交接")
            if is_kept(notice)
            else N_("物品在拾到的人手里，由对方核验和交接")
        )
        raise Refused(sentence)


def detail_for(notice: PropertyNotice, person: Person | None) -> str:
    """The hidden detail, for who wrote it, the desk and the moderators; "" for everybody else."""
    if person is None or person.is_closed:
        return ""
    knows = person.id == notice.author_id or access.may(person, "property.judge")
    knows = knows or access.may(person, "moderation.decide")
    # Who claims it must not read the answer, whatever their office.
    return notice.hidden_detail if knows and person.id != notice.claimant_id else ""


def pointless(notice: PropertyNotice, step: str, person: Person) -> str:
    """Why the hall would refuse a step that state and permission allow, as a msgid; "" if it would not."""
    if step in ("accept_claim", "deny_claim", "hand_over") and not judges(notice, person):
        return (
            N_("物品在值守点保管，由值守点核验和交接")
            if is_kept(notice)
            else N_("物品在拾到的人手里，由对方核验和交接")
        )
    if step == "withdraw" and may_not_withdraw(notice):
        return may_not_withdraw(notice)
    if step in ("hand_in", "claim") and notice.kind == "lost":
        return N_("这是寻物启事")
    if step == "found_it" and notice.kind != "lost":
        return N_("这是招领启事")
    if step == "found_it" and notice.moderation not in REVIEWED:
        return N_("这条启事现在没有公开")
    return _too_early(notice, step, person)


def _too_early(notice: PropertyNotice, step: str, person: Person) -> str:
    """The same for the steps on what is kept past its time."""
    now = clock.now()
    if step == "announce":
        if notice.announced is not None:
            return N_("已经公示过了")
        return N_("还没有到保管期限") if notice.keep_until is None or now <= notice.keep_until else ""
    if step == "propose_disposal":
        return N_("公示期满以后才能处置") if notice.dispose_from is None or now < notice.dispose_from else ""
    if step == "dispose":
        if notice.proposed_by_id is None:
            return N_("请先由一位值守人员提出处置")
        if notice.proposed_by_id == person.id:
            return N_("处置要由另一个人确认")
    return ""


def may_not_withdraw(notice: PropertyNotice) -> str:
    """Why its author may not take a notice back, as a msgid: the owner of what lies at the desk must find it."""
    if is_kept(notice) and notice.status in ("kept", "verifying", "to_hand_over"):
        return N_("物品已经交到值守点，启事要留着让失主找到；想改写法请用“修改”")
    return ""
