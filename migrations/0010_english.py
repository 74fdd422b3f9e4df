"""English beside the lists that the hall begins with, where the operator has not worded them anew."""

from peewee import CharField, Model

# name → name_en, note → note_en
BANNED = {
    "烟草": "Tobacco",
    "酒类": "Spirits",
    "药品": "Medicines",
    "刀具和仿真枪": "Blades and imitation guns",
    "烟花爆竹": "Fireworks",
    "违规电器": "Forbidden appliances",
    "证件和账号": "Documents and accounts",
    "代写代考": "Ghost-writing and exam-taking",
    "活体动物": "Live animals",
    "电动车电池": "E-bike batteries",
}
BANNED_NOTES = {
    "烟草和电子烟不得在校园交易": "Tobacco and e-cigarettes must not be traded on campus",
    "酒类不得在校园交易": "Spirits must not be traded on campus",
    "药品只能由有资质的单位销售": "Medicines are sold by licensed sellers only",
    "管制器具禁止买卖": "Controlled weapons must not be bought or sold",
    "烟花爆竹禁止带入校园": "Fireworks must not be brought onto the campus",
    "宿舍禁止使用的电器不能转让": "Appliances that residences forbid cannot be passed on",
    "证件、卡和账号不得买卖或出租": "Documents, cards and accounts must be neither sold nor lent",
    "违反学术规范和校规": "This breaks academic rules and those of the university",
    "活体动物请先联系宿管和审核员": "Please ask the warden and a moderator first about live animals",
    "改装电池有起火危险，需要人工审核": "Rebuilt batteries can catch fire, so a moderator reads this first",
}
PLACES = {
    "人多、有监控，白天最合适": "Busy and watched by cameras; best by day",
    "有监控和保安": "Cameras and a guard",
    "有宿管值班": "A warden is on duty",
    "晚上九点前有人": "Attended until nine in the evening",
}
LEVELS = {"新用户": "New member", "普通用户": "Member", "可信用户": "Trusted member"}
WIDTHS = {"price_book_entry": 80, "calendar_period": 80, "trust_level": 40}


def up(migrator, db):
    for table, width in WIDTHS.items():
        migrator.migrate(migrator.add_column(table, "name_en", CharField(max_length=width, default="")))

    class Table(Model):
        class Meta:
            database = db

    class BannedGoods(Table):
        name, name_en, note, note_en = CharField(), CharField(), CharField(), CharField()

        class Meta:
            table_name = "banned_goods"

    class SafePlace(Table):
        note, note_en = CharField(), CharField()

        class Meta:
            table_name = "safe_place"

    class TrustLevel(Table):
        name, name_en = CharField(), CharField()

        class Meta:
            table_name = "trust_level"

    for column, there, words in (
        (BannedGoods.name, BannedGoods.name_en, BANNED),
        (BannedGoods.note, BannedGoods.note_en, BANNED_NOTES),
        (SafePlace.note, SafePlace.note_en, PLACES),
        (TrustLevel.name, TrustLevel.name_en, LEVELS),
    ):
        for chinese, english in words.items():
            column.model.update({there: english}).where(column == chinese, there == "").execute()


def down(migrator, db):
    for table in WIDTHS:
        migrator.migrate(migrator.drop_column(table, "name_en"))
