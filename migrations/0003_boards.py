from peewee import (
    SQL,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    Model,
    TextField,
)


def up(migrator, db):
    class Building(Model):
        class Meta:
            database = db
            table_name = "building"

    class Campus(Model):
        class Meta:
            database = db
            table_name = "campus"

    class Person(Model):
        class Meta:
            database = db
            table_name = "person"

    class BannedGoods(Model):
        name = CharField(unique=True, max_length=40)
        words = TextField()
        action = CharField(max_length=10, default="refuse")
        note = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "banned_goods"

    db.create_tables([BannedGoods])

    class ItemKind(Model):
        code = CharField(unique=True, max_length=20)
        name = CharField(max_length=20)
        name_en = CharField(max_length=40, default="")
        is_card = BooleanField(default=False)
        is_account_card = BooleanField(default=False)
        keep_days = IntegerField(default=90, constraints=[SQL("CHECK (keep_days > 0)")])
        valuable_days = IntegerField(default=180, constraints=[SQL("CHECK (valuable_days > 0)")])
        announce_days = IntegerField(default=30, constraints=[SQL("CHECK (announce_days > 0)")])
        position = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "item_kind"

    db.create_tables([ItemKind])

    class LostPropertyDesk(Model):
        name = CharField(unique=True, max_length=40)
        building = ForeignKeyField(Building, null=True, on_delete="RESTRICT")
        spot = CharField(max_length=60, default="")
        hours = CharField(max_length=60, default="")
        phone = CharField(max_length=20, default="")

        class Meta:
            database = db
            table_name = "lost_property_desk"

    db.create_tables([LostPropertyDesk])

    class PropertyNotice(Model):
        moderation = CharField(index=True, max_length=20, default="pending")
        version = IntegerField(default=1)
        author = ForeignKeyField(Person, field=Person.id, on_delete="RESTRICT")
        photos = JSONField(default=list)
        created = DateTimeField()
        published = DateTimeField(null=True)
        number = CharField(unique=True, max_length=20)
        kind = CharField(max_length=10)
        status = CharField(max_length=20, default="submitted")
        is_live = BooleanField(default=False)
        title = CharField(max_length=40)
        text = TextField(default="")
        item_kind = ForeignKeyField(ItemKind, on_delete="RESTRICT", index=False)
        building = ForeignKeyField(Building, null=True, on_delete="RESTRICT", index=False)
        place = CharField(max_length=60, default="")
        happened = DateTimeField()
        tags = CharField(max_length=60, default="")
        question = CharField(max_length=100, default="")
        hidden_detail = TextField(default="")
        card_hash = CharField(index=True, max_length=64, default="")
        card_owner = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        answered = ForeignKeyField("self", null=True, on_delete="RESTRICT")
        point = ForeignKeyField(LostPropertyDesk, null=True, on_delete="RESTRICT", index=False)
        tag = CharField(unique=True, null=True, max_length=20)
        shelf = CharField(max_length=20, default="")
        receiver = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        kept_from = DateTimeField(null=True)
        is_valuable = BooleanField(default=False)
        keep_until = DateTimeField(null=True)
        announced = DateTimeField(null=True)
        dispose_from = DateTimeField(null=True)
        disposal = CharField(max_length=20, default="")
        disposal_note = CharField(max_length=200, default="")
        proposed_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        disposed_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT", index=False)
        claimant = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        returned = DateTimeField(null=True)
        ended = CharField(max_length=200, default="")

        class Meta:
            database = db
            table_name = "property_notice"
            indexes = (
                (("kind", "moderation", "is_live", "published", "id"), False),
                (("kind", "is_live", "happened"), False),
                (("status", "keep_until"), False),
            )

    db.create_tables([PropertyNotice])

    class Claim(Model):
        notice = ForeignKeyField(PropertyNotice, on_delete="RESTRICT")
        claimant = ForeignKeyField(Person, on_delete="RESTRICT")
        status = CharField(max_length=20, default="waiting")
        answer = TextField(default="")
        proof = TextField(default="")
        photos = JSONField(default=list)
        reason = CharField(max_length=300, default="")
        decided_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        decided = DateTimeField(null=True)
        code_round = IntegerField(default=1)
        code_tries = IntegerField(default=0)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "claim"
            indexes = ((("notice", "status"), False), (("claimant", "id"), False))

    db.create_tables([Claim])

    class Conversation(Model):
        subject_type = CharField(max_length=30)
        subject_id = IntegerField()
        owner = ForeignKeyField(Person, on_delete="RESTRICT")
        starter = ForeignKeyField(Person, on_delete="RESTRICT")
        created = DateTimeField()
        latest = DateTimeField()
        owner_read = IntegerField(default=0)
        starter_read = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "conversation"
            indexes = (
                (("subject_type", "subject_id", "starter"), True),
                (("owner", "latest", "id"), False),
                (("starter", "latest", "id"), False),
                (("starter", "created"), False),
            )

    db.create_tables([Conversation])

    class ListingCategory(Model):
        code = CharField(unique=True, max_length=20)
        name = CharField(max_length=20)
        name_en = CharField(max_length=40, default="")
        icon = CharField(max_length=30, default="tag")
        position = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "listing_category"

    db.create_tables([ListingCategory])

    class SafePlace(Model):
        name = CharField(unique=True, max_length=40)
        name_en = CharField(max_length=60, default="")
        campus = ForeignKeyField(Campus, null=True, on_delete="RESTRICT")
        note = CharField(max_length=100, default="")
        position = IntegerField(default=1)

        class Meta:
            database = db
            table_name = "safe_place"

    db.create_tables([SafePlace])

    class Listing(Model):
        moderation = CharField(index=True, max_length=20, default="pending")
        version = IntegerField(default=1)
        author = ForeignKeyField(Person, field=Person.id, on_delete="RESTRICT")
        photos = JSONField(default=list)
        created = DateTimeField()
        published = DateTimeField(null=True)
        number = CharField(unique=True, max_length=20)
        status = CharField(max_length=20, default="submitted")
        is_live = BooleanField(default=False)
        title = CharField(max_length=40)
        text = TextField()
        category = ForeignKeyField(ListingCategory, on_delete="RESTRICT", index=False)
        condition = CharField(max_length=10)
        price_fen = IntegerField(constraints=[SQL("CHECK (price_fen >= 0)")])
        is_negotiable = BooleanField(default=False)
        place = ForeignKeyField(SafePlace, on_delete="RESTRICT", index=False)
        is_graduation = BooleanField(default=False)
        expires = DateTimeField(null=True)
        reminded = DateTimeField(null=True)
        reserved_for = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        reserved_until = DateTimeField(null=True)
        releases = IntegerField(default=0)
        seller_confirmed = DateTimeField(null=True)
        buyer_confirmed = DateTimeField(null=True)
        sold = DateTimeField(null=True)
        favourites = IntegerField(default=0)

        class Meta:
            database = db
            table_name = "listing"
            indexes = (
                (("moderation", "is_live", "published", "id"), False),
                (("moderation", "is_live", "price_fen", "id"), False),
                (("status", "expires"), False),
                (("status", "reserved_until"), False),
            )

    db.create_tables([Listing])

    class DealRating(Model):
        listing = ForeignKeyField(Listing, on_delete="RESTRICT")
        rater = ForeignKeyField(Person, on_delete="RESTRICT")
        rated = ForeignKeyField(Person, on_delete="RESTRICT")
        score = IntegerField(constraints=[SQL("CHECK (score BETWEEN 1 AND 5)")])
        text = TextField(default="")
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "deal_rating"
            indexes = ((("listing", "rater"), True),)

    db.create_tables([DealRating])

    class Favourite(Model):
        listing = ForeignKeyField(Listing, on_delete="RESTRICT")
        person = ForeignKeyField(Person, on_delete="RESTRICT")

        class Meta:
            database = db
            table_name = "favourite"
            indexes = ((("listing", "person"), True), (("person", "id"), False))

    db.create_tables([Favourite])

    class Message(Model):
        conversation = ForeignKeyField(Conversation, on_delete="RESTRICT")
        author = ForeignKeyField(Person, on_delete="RESTRICT")
        text = TextField()
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "message"
            indexes = ((("conversation", "id"), False),)

    db.create_tables([Message])

    class PriceChange(Model):
        listing = ForeignKeyField(Listing, on_delete="RESTRICT")
        before_fen = IntegerField()
        price_fen = IntegerField()
        at = DateTimeField()

        class Meta:
            database = db
            table_name = "price_change"

    db.create_tables([PriceChange])

    class PropertyMatch(Model):
        lost = ForeignKeyField(PropertyNotice, on_delete="CASCADE")
        found = ForeignKeyField(PropertyNotice, on_delete="CASCADE")
        score = IntegerField()
        reasons = JSONField(default=list)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "property_match"
            indexes = ((("lost", "found"), True), (("found", "score"), False), (("lost", "score"), False))

    db.create_tables([PropertyMatch])

    class Reservation(Model):
        listing = ForeignKeyField(Listing, on_delete="RESTRICT")
        buyer = ForeignKeyField(Person, on_delete="RESTRICT")
        created = DateTimeField()
        until = DateTimeField()
        ended = DateTimeField(null=True)
        result = CharField(max_length=20, default="")

        class Meta:
            database = db
            table_name = "reservation"

    db.create_tables([Reservation])

    class SavedSearch(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        name = CharField(max_length=40)
        category = ForeignKeyField(ListingCategory, null=True, on_delete="CASCADE")
        wanted = JSONField(default=dict)
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "saved_search"
            indexes = ((("person", "name"), True),)

    db.create_tables([SavedSearch])

    class TrustLevel(Model):
        name = CharField(max_length=20)
        least_published = IntegerField(unique=True, constraints=[SQL("CHECK (least_published >= 0)")])
        listings_a_day = IntegerField(default=5, constraints=[SQL("CHECK (listings_a_day >= 0)")])
        notices_a_day = IntegerField(default=5, constraints=[SQL("CHECK (notices_a_day >= 0)")])
        talks_a_day = IntegerField(default=20, constraints=[SQL("CHECK (talks_a_day >= 0)")])

        class Meta:
            database = db
            table_name = "trust_level"

    db.create_tables([TrustLevel])

    migrator.migrate(migrator.add_column("photo", "likeness", CharField(max_length=16, default="")))
    migrator.migrate(migrator.add_column("submission", "doubt", CharField(max_length=200, default="")))


def down(migrator, db):
    migrator.migrate(migrator.drop_column("submission", "doubt"))
    migrator.migrate(migrator.drop_column("photo", "likeness"))
    migrator.migrate(migrator.drop_table("trust_level"))
    migrator.migrate(migrator.drop_table("saved_search"))
    migrator.migrate(migrator.drop_table("reservation"))
    migrator.migrate(migrator.drop_table("property_match"))
    migrator.migrate(migrator.drop_table("price_change"))
    migrator.migrate(migrator.drop_table("message"))
    migrator.migrate(migrator.drop_table("favourite"))
    migrator.migrate(migrator.drop_table("deal_rating"))
    migrator.migrate(migrator.drop_table("listing"))
    migrator.migrate(migrator.drop_table("safe_place"))
    migrator.migrate(migrator.drop_table("listing_category"))
    migrator.migrate(migrator.drop_table("conversation"))
    migrator.migrate(migrator.drop_table("claim"))
    migrator.migrate(migrator.drop_table("property_notice"))
    migrator.migrate(migrator.drop_table("lost_property_desk"))
    migrator.migrate(migrator.drop_table("item_kind"))
    migrator.migrate(migrator.drop_table("banned_goods"))
