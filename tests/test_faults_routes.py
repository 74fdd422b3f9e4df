"""Every address of the hall for everybody: a table says who gets in, and a new address without a row fails (fault 4).

A's order waits for inspection and A's thread for a moderator; W1 has done the work, `lead` leads the group, W2 is of
another one, B is a stranger and `fresh` still has the initial password.
"""

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import models
from admin.fields import answerable
from hall import clock, editions, market, photos
from tests import lost, papers, stall
from tests.addresses import ENTITIES, address, entity_of, everything, key_of, rules, takes
from tests.applying import applied, made
from tests.asking import lamp
from tests.board import posted
from tests.conftest import CAST, Campus
from tests.portal import picture
from tests.story import Story
from tests.test_dead_ends import initial_password_of
from tests.visitor import PASSWORD, Visitor

SignIn = Callable[..., Visitor]
ACTORS = ("visitor", "A", "B", "W1", "W2", "lead", "finance", "X", "fresh")
# ok: a page · in: sent to sign in · pw: sent to change the password · no: as if there were no such page (a POST
# may also be forbidden) · go: sent somewhere else · post: the address takes no GET, and this person may POST
TABLE = """
                                          visitor A   B   W1  W2  lead finance X  fresh
/                                         ok      ok  ok  ok  ok  ok   ok      ok pw
/services                                 ok      ok  ok  ok  ok  ok   ok      ok pw
/search                                   ok      ok  ok  ok  ok  ok   ok      ok pw
/qr.svg                                   ok      ok  ok  ok  ok  ok   ok      ok ok
/notices                                  ok      ok  ok  ok  ok  ok   ok      ok pw
/notices/feed.atom                        ok      ok  ok  ok  ok  ok   ok      ok pw
/notices/<code>                           ok      ok  ok  ok  ok  ok   ok      ok pw
/guides                                   ok      ok  ok  ok  ok  ok   ok      ok pw
/guides/<code>                            ok      ok  ok  ok  ok  ok   ok      ok pw
/files/<name>/<filename>                  ok      ok  ok  ok  ok  ok   ok      ok pw
/robots.txt                               ok      ok  ok  ok  ok  ok   ok      ok pw
/sitemap.xml                              ok      ok  ok  ok  ok  ok   ok      ok pw
/admin/writing/                           in      no  no  no  no  no   no      ok pw
/admin/writing/new                        in      no  no  no  no  no   no      ok pw
/admin/writing/<int:article_id>           in      no  no  no  no  no   no      ok pw
/admin/writing/<int:article_id>/down      in      no  no  no  no  no   no      ok pw
/admin/writing/<int:article_id>/files     in      no  no  no  no  no   no      go pw
/admin/writing/<int:article_id>/files/<file_name>/remove in no no no no no no ok pw
/open                                     ok      ok  ok  ok  ok  ok   ok      ok pw
/open/<name>.csv                          ok      ok  ok  ok  ok  ok   ok      ok pw
/signin                                   ok      go  go  go  go  go   go      go pw
/signout                                  post    post post post post post post post post
/password                                 in      ok  ok  ok  ok  ok   ok      ok ok
/language                                 ok      ok  ok  ok  ok  ok   ok      ok ok
/me                                       in      ok  ok  ok  ok  ok   ok      ok pw
/me/matters                               in      ok  ok  ok  ok  ok   ok      ok pw
/me/contact                               in      ok  ok  ok  ok  ok   ok      ok pw
/me/sent                                  in      ok  ok  ok  ok  ok   ok      ok pw
/me/devices                               in      ok  ok  ok  ok  ok   ok      ok pw
/me/data                                  in      ok  ok  ok  ok  ok   ok      ok pw
/me/close                                 in      ok  ok  ok  ok  ok   ok      ok pw
/me/closed                                ok      ok  ok  ok  ok  ok   ok      ok pw
/me/email/<token>                         ok      ok  ok  ok  ok  ok   ok      ok pw
/inbox                                    in      ok  ok  ok  ok  ok   ok      ok pw
/health/live                              ok      ok  ok  ok  ok  ok   ok      ok ok
/health/ready                             ok      ok  ok  ok  ok  ok   ok      ok ok
/static/<path:filename>                   ok      ok  ok  ok  ok  ok   ok      ok ok
/styles/<names>.css                       ok      ok  ok  ok  ok  ok   ok      ok ok
/bootstrap/static/<path:filename>         ok      ok  ok  ok  ok  ok   ok      ok ok
/repairs                                  in      ok  ok  ok  ok  ok   ok      ok pw
/repairs/new                              ok      ok  ok  ok  ok  ok   ok      ok pw
/repairs/quick                            ok      ok  ok  ok  ok  ok   ok      ok pw
/repairs/similar                          ok      ok  ok  ok  ok  ok   ok      ok pw
/repairs/<number>                         in      ok  no  ok  no  ok   ok      ok pw
/repairs/<number>.pdf                     in      ok  no  ok  no  ok   ok      ok pw
/repairs/<number>/<step>                  in      ok  no  ok  no  ok   no      no pw
/repairs/<number>/pulse                   in      ok  no  ok  no  ok   ok      ok pw
/repairs/<number>/follow                  in      post no  post no post post   post pw
/at/<code>                                go      go  go  go  go  go   go      go pw
/at/<code>/<room>                         go      go  go  go  go  go   go      go pw
/photos/<name>/<any(thumb, card, medium, large):size> no ok no ok no ok   ok      ok pw
/admin/                                   in      no  no  ok  ok  ok   ok      ok pw
/admin/settings/                          in      no  no  no  no  no   no      ok pw
/admin/settings/<code>                    in      no  no  no  no  no   no      ok pw
/admin/wording-of/                        in      no  no  no  no  no   no      ok pw
/admin/wording-of/<code>                  in      no  no  no  no  no   no      ok pw
/admin/tiles/                             in      no  no  no  no  no   no      ok pw
/admin/hours/                             in      no  no  no  no  no   no      ok pw
/admin/hours/new                          in      no  no  no  no  no   no      ok pw
/admin/hours/<int:period_id>              in      no  no  no  no  no   no      ok pw
/admin/automation/                        in      no  no  no  no  no   no      ok pw
/admin/automation/new                     in      no  no  no  no  no   no      ok pw
/admin/automation/<int:rule_id>           in      no  no  no  no  no   no      ok pw
/admin/automation/<int:rule_id>/switch    in      no  no  no  no  no   no      post pw
/admin/automation/<int:rule_id>/remove    in      no  no  no  no  no   no      ok pw
/admin/marks/                             in      no  no  go  go  go   go      go pw
/admin/marks/<flow>/<number>/<int:mark_id>/off in no  no  post no post post    post pw
/admin/queue/                             in      no  no  go  go  go   go      go pw
/admin/queue/<flow>/                      in      no  no  ok  ok  ok   ok      ok pw
/admin/queue/<flow>/<number>              in      no  no  ok  no  ok   ok      ok pw
/admin/queue/<flow>/<number>/<step>       in      no  no  ok  no  ok   no      no pw
/supervision                              ok      ok  ok  ok  ok  ok   ok      ok pw
/supervision/new                          ok      ok  ok  ok  ok  ok   ok      ok pw
/supervision/similar                      ok      ok  ok  ok  ok  ok   ok      ok pw
/supervision/feed.atom                    ok      ok  ok  ok  ok  ok   ok      ok pw
/supervision/log                          ok      ok  ok  ok  ok  ok   ok      ok pw
/supervision/mine                         in      ok  ok  ok  ok  ok   ok      ok pw
/supervision/<number>                     no      ok  no  no  no  no   no      ok pw
/supervision/<number>/<step>              in      ok  no  no  no  no   no      no pw
/supervision/<number>/comment             no      go  no  no  no  no   no      go pw
/supervision/<number>/report              in      no  no  no  no  no   no      no pw
/supervision/<number>/report/<any(comment, reply):kind>/<int:row_id> in no no no no no no no pw
/supervision/<number>/<any(support, unsupport, follow, unfollow):verb> no post no no no no no post pw
/supervision/comment/<int:row_id>/<step>  in      no  no  no  no  no   no      no pw
/lost-found                               ok      ok  ok  ok  ok  ok   ok      ok pw
/lost-found/new                           ok      ok  ok  ok  ok  ok   ok      ok pw
/lost-found/announced                     ok      ok  ok  ok  ok  ok   ok      ok pw
/lost-found/mine                          in      ok  ok  ok  ok  ok   ok      ok pw
/lost-found/<number>                      no      ok  no  no  no  no   no      ok pw
/lost-found/<number>/<step>               in      ok  no  no  no  no   no      no pw
/lost-found/<number>/receipt              in      go  no  no  no  no   no      no pw
/lost-found/<number>/report               in      no  no  no  no  no   no      no pw
/market                                   ok      ok  ok  ok  ok  ok   ok      ok pw
/market/new                               ok      ok  ok  ok  ok  ok   ok      ok pw
/market/graduation                        ok      ok  ok  ok  ok  ok   ok      ok pw
/market/rules                             ok      ok  ok  ok  ok  ok   ok      ok pw
/market/mine                              in      ok  ok  ok  ok  ok   ok      ok pw
/market/favourites                        in      ok  ok  ok  ok  ok   ok      ok pw
/market/searches                          in      ok  ok  ok  ok  ok   ok      ok pw
/market/searches/<int:search_id>/forget   in      post no  no  no  no   no      no pw
/market/<number>                          no      ok  no  no  no  no   no      ok pw
/market/<number>/<step>                   in      ok  no  no  no  no   no      no pw
/market/<number>/rate                     in      no  no  no  no  no   no      no pw
/market/<number>/report                   in      no  no  no  no  no   no      no pw
/market/<number>/<any(favourite, unfavourite):verb> no post no no no no no post pw
/messages                                 in      ok  ok  ok  ok  ok   ok      ok pw
/messages/<int:id>                        in      ok  no  no  no  no   no      no pw
/messages/<int:id>/pulse                  in      ok  no  no  no  no   no      no pw
/messages/<int:id>/read                   in      post no no  no  no   no      no pw
/messages/<int:id>/report                 in      ok  no  no  no  no   no      no pw
/messages/<int:id>/<any(block, unblock):verb> in  post no no  no  no   no      no pw
/messages/about/<any(listing, property_notice):kind>/<number> in go no no no no no go pw
/services/<code>                          ok      ok  ok  ok  ok  ok   ok      ok pw
/services/<code>/new                      in      ok  ok  ok  ok  ok   ok      ok pw
/applications/<number>                    in      ok  no  no  no  no   no      ok pw
/applications/<number>/<step>             in      ok  no  no  no  no   no      no pw
/admin/lost-property/                     in      no  no  no  no  no   no      no pw
/admin/lost-property/find                 in      no  no  no  no  no   no      no pw
/admin/lost-property/overdue              in      no  no  no  no  no   no      no pw
/admin/lost-property/tags                 in      no  no  no  no  no   no      no pw
/admin/lost-property/<number>/done        in      no  no  no  no  no   no      no pw
/admin/lost-property/<number>/receipt     in      no  no  no  no  no   no      no pw
/admin/desk/                              in      no  no  no  no  no   no      no pw
/admin/desk/<int:submission_id>           in      no  no  no  no  no   no      no pw
/admin/desk/<int:submission_id>/claim     in      no  no  no  no  no   no      no pw
/admin/desk/<int:submission_id>/decide    in      no  no  no  no  no   no      no pw
/admin/desk/<int:submission_id>/skip      in      no  no  no  no  no   no      no pw
/admin/desk/<int:submission_id>/undo      in      no  no  no  no  no   no      no pw
/admin/desk/bulk                          in      no  no  no  no  no   no      no pw
/admin/desk/bulk/do                       in      no  no  no  no  no   no      no pw
/admin/desk/counts                        in      no  no  no  no  no   no      no pw
/admin/desk/filters                       in      no  no  no  no  no   no      no pw
/admin/desk/filters/<int:filter_id>/forget in     no  no  no  no  no   no      no pw
/admin/desk/next                          in      no  no  no  no  no   no      no pw
/admin/desk/patrol/<subject_type>/<int:row_id> in no  no  no  no  no   no      no pw
/admin/words/                             in      no  no  no  no  no   no      ok pw
/admin/words/<int:word_id>                in      no  no  no  no  no   no      ok pw
/admin/words/<int:word_id>/remove         in      no  no  no  no  no   no      ok pw
/admin/builder/                           in      no  no  no  no  no   no      ok pw
/admin/builder/new                        in      no  no  no  no  no   no      ok pw
/admin/builder/teams                      in      no  no  no  no  no   no      ok pw
/admin/builder/teams/<code>               in      no  no  no  no  no   no      ok pw
/admin/builder/teams/<code>/leave/<int:grant_id> in no no no no no no go pw
/admin/builder/<code>                     in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/begin               in      no  no  no  no  no   no      go pw
/admin/builder/<code>/retire              in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/versions/<int:number> in    no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft               in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/about         in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/who           in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/preview       in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/try           in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/publish       in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/discard       in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/routes/new    in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/routes/<int:route_id>/drop in no no no no no no ok pw
/admin/builder/<code>/draft/states/new    in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/states/<state_code> in no no no no no  no      ok pw
/admin/builder/<code>/draft/states/<state_code>/drop in no no no no no no ok pw
/admin/builder/<code>/draft/steps/new     in      no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/steps/<step_code> in  no  no  no  no  no   no      ok pw
/admin/builder/<code>/draft/steps/<step_code>/drop in no no no no no no ok pw
/admin/builder/<code>/draft/<any(states, steps):what>/<row_code>/move in no no no no no no go pw
/admin/words/list                         in      no  no  no  no  no   no      ok pw
/admin/words/new                          in      no  no  no  no  no   no      ok pw
/questions/<asked_of>                     ok      ok  ok  ok  ok  ok   ok      ok pw
/admin/questions/                         in      no  no  no  no  no   no      ok pw
/admin/questions/<asked_of>/<about>/      in      no  no  no  no  no   no      ok pw
/admin/questions/<asked_of>/<about>/add   in      no  no  no  no  no   no      ok pw
/admin/questions/<int:question_id>/change in no no no no no no ok pw
/admin/questions/<int:question_id>/retire in no no no no no no ok pw
/admin/questions/<int:question_id>/restore in no no no no no no post pw
/admin/questions/<int:question_id>/<any(up, down):way> in no no no no no no post pw
/admin/phone/                             in      no  no  no  no  no   no      no pw
/admin/phone/caller                       in      no  no  no  no  no   no      no pw
/admin/phone/done/<number>                in      no  no  no  no  no   no      no pw
/admin/routing/                           in      no  no  no  no  ok   ok      ok pw
/admin/routing/rules                      in      no  no  no  no  ok   ok      ok pw
/admin/routing/rule                       in      no  no  no  no  no   no      ok pw
/admin/routing/rule/<int:rule_id>         in      no  no  no  no  no   no      ok pw
/admin/routing/rule/<int:rule_id>/remove  in      no  no  no  no  no   no      ok pw
/admin/overview/                          in      no  no  no  no  ok   ok      ok pw
/admin/overview/reports                   in      no  no  no  no  no   post    post pw
/admin/overview/reports/<name>.<kind>     in      no  no  no  no  no   no      no pw
/admin/trail/                             in      no  no  no  no  no   no      ok pw
/admin/trail/export/<kind>                in      no  no  no  no  no   no      ok pw
/admin/roles/                             in      no  no  no  no  no   no      ok pw
/admin/roles/<role>                       in      no  no  no  no  no   no      ok pw
/admin/doors/                             in      no  no  no  no  no   no      ok pw
/admin/doors/<code>                       in      no  no  no  no  no   no      ok pw
/admin/import/                            in      no  no  no  no  no   no      ok pw
/admin/import/<token>                     in      no  no  no  no  no   no      no pw
/admin/import/<token>/refused.csv         in      no  no  no  no  no   no      no pw
/admin/import/template/<kind>.csv         in      no  no  no  no  no   no      ok pw
/admin/file-imports/                      in      no  no  go  go  go   go      go pw
/admin/file-imports/<int:run_id>          in      no  no  no  no  no   no      no pw
/admin/file-imports/<int:run_id>/wrong.<any(csv, xlsx):kind> in no no no no no no no pw
/admin/file-imports/template/<subject_type>.csv in no no  no  no  no   no      no pw
"""
HEAD, *LINES = [line.split() for line in TABLE.splitlines() if line]
ROWS = {" ".join(line[: -len(ACTORS)]): dict(zip(ACTORS, line[-len(ACTORS) :], strict=True)) for line in LINES}

# Every entity of the panel has these; what stands there is what somebody must be able to do with it.
ENTITY_ROWS = {
    "/": "read",
    "/details/": "read",
    "/show/": "read",
    "/history/": "read",
    "/export/<export_type>/": "read",
    "/import/": "edit",
    "/ajax/lookup/": "read",
    "/new/": "edit",
    "/edit/": "edit",
    "/delete/": "edit",
    "/archive/": "edit",
    "/unarchive/": "edit",
    "/action/": "edit",
    "/ajax/update/": "nobody",
    "/columns/": "read",
    "/views/": "read",
    "/views/change/": "read",
    "/cell/": "edit",
    "/bulk/": "edit",
    "/shelf/": "edit",
}
REPAIR_DATA = {"RepairOrder", "MaintenanceGroup", "RepairItem", "RoutingRule", "PriceBookEntry", "Building", "Room"}
ALL = {entity.__name__ for entity in models.ENTITIES}
READS = {"lead": REPAIR_DATA, "finance": REPAIR_DATA | {"SettlementLine"}, "X": ALL}
# To change, only to read, and with columns that are hidden: everybody asks for their pages.
ALIKE = {"Building", "Event", "Person"}
EDITS = {"X": {entity.__name__ for entity in models.ENTITIES if not entity.frozen}}


@pytest.fixture
def order(campus: Campus) -> models.RepairOrder:
    found = Story(campus).order("finished")
    photos.attach(found, photos.prepare([("leak.png", picture()[0])]), by=campus.A)
    posted(campus.A)
    applied(campus.A, edition := made(campus, clerks=("handler", "M")))
    editions.draft_of(edition.service, by=campus.X)
    lost.posted(campus.A)
    stall.asked(stall.offered(campus.A), campus.kept)
    market.save_search(by=campus.A, name="教材", wanted={"category": "books"})
    models.SensitiveWord.create(word="加微信")
    papers.attached(papers.notice(campus.X), campus.X)
    lamp(campus)
    models.Rule.create(name="急", flow="repair", step="report", action="mark", params={"mark": "急修"})
    models.CalendarPeriod.create(name="元旦", kind="holiday", starts=clock.today(), ends=clock.today())
    return found


def expected(rule: Rule, who: str) -> str:
    """What the tables say about this person and this address."""
    entity, rest = entity_of(rule)
    if not entity:
        return ROWS[rule.rule][who]
    if who in ("visitor", "fresh"):
        return {"visitor": "in", "fresh": "pw"}[who]
    right, name = ENTITY_ROWS[rest], ENTITIES[entity].__name__
    if name not in {"read": READS, "edit": EDITS, "nobody": {}}[right].get(who, ()):
        return "no"
    if rest in ("/details/", "/history/", "/edit/") and not ENTITIES[entity].select().exists():
        return "no"
    if rest in ("/details/", "/history/") and name == "Conversation":
        return "no"  # two people's, also before administrators
    if rest == "/ajax/lookup/" and not key_of(entity):
        return "no"
    if rest == "/cell/" and not (ENTITIES[entity].select().exists() and key_of(entity) in answerable(ENTITIES[entity])):
        return "no"
    return "ok" if takes(rule, "GET") else "post"


def got(answer: TestResponse) -> str:
    """The word of the table for an answer."""
    if answer.status_code == 302:
        target = answer.location.partition("?")[0]
        return {"/signin": "in", "/password": "pw"}.get(target, "go")
    return {200: "ok", 404: "no", 405: "post"}.get(answer.status_code, str(answer.status_code))


def test_every_address_has_a_row(app: Flask) -> None:
    known = {rule.rule for rule in rules(app) if not entity_of(rule)[0]}
    assert known == set(ROWS), "say in TABLE who gets in"
    assert tuple(HEAD) == ACTORS
    for entity in ENTITIES:
        rests = {entity_of(rule)[1] for rule in rules(app) if entity_of(rule)[0] == entity}
        assert rests == set(ENTITY_ROWS), f"say in ENTITY_ROWS what {entity} asks for"


def test_a_new_address_without_a_row_is_found(app: Flask) -> None:
    assert not entity_of(Rule("/admin/new_room/"))[0]
    with pytest.raises(KeyError):
        expected(Rule("/admin/new_room/"), "X")
    with pytest.raises(KeyError):
        expected(Rule("/admin/person/upload/"), "X")


@pytest.mark.parametrize("who", ACTORS)
def test_everybody_gets_what_the_table_says(
    app: Flask, client: Visitor, sign_in: SignIn, order: models.RepairOrder, who: str
) -> None:
    """Of the entities of the panel, X asks for all, the others for those that they read and for three more: that each
    page of each entity asks the same door, and what that says to whom, is proved in test_panel_doors."""
    password = initial_password_of(CAST[who]) if who == "fresh" else PASSWORD
    visitor = client if who == "visitor" else sign_in(who, password)
    token, before, wrong = visitor.token(), everything(), []
    for rule in rules(app):
        if (entity := entity_of(rule)[0]) and ENTITIES[entity].__name__ not in READS.get(who, set()) | ALIKE:
            continue
        path, wanted = address(rule, order), expected(rule, who)
        if takes(rule, "GET"):
            answer = visitor.get(path, buffered=True)
            if got(answer) != wanted:
                wrong.append(f"GET {path}: {got(answer)} instead of {wanted}")
        if takes(rule, "POST") and wanted in ("in", "no", "pw"):
            answer = visitor.client.post(path, data={"csrf_token": token, "id": "1", "rowid": "1", "action": "delete"})
            if got(answer) != wanted and (answer.status_code, wanted) != (403, "no"):
                wrong.append(f"POST {path}: {got(answer)} instead of {wanted}")
    assert not wrong, "\n".join(wrong)
    assert everything() == before
