from peewee import CharField, DateTimeField, ForeignKeyField, IntegerField, Model, TextField


def up(migrator, db):
    class Conversation(Model):
        class Meta:
            database = db
            table_name = "conversation"

    class Person(Model):
        class Meta:
            database = db
            table_name = "person"

    class Block(Model):
        person = ForeignKeyField(Person, on_delete="CASCADE")
        blocked = ForeignKeyField(Person, on_delete="CASCADE")
        created = DateTimeField()

        class Meta:
            database = db
            table_name = "block"
            indexes = ((("person", "blocked"), True),)

    db.create_tables([Block])

    class TalkReport(Model):
        number = CharField(unique=True, max_length=20)
        status = CharField(max_length=20, default="waiting")
        version = IntegerField(default=1)
        conversation = ForeignKeyField(Conversation, on_delete="RESTRICT")
        person = ForeignKeyField(Person, on_delete="RESTRICT")
        accused = ForeignKeyField(Person, on_delete="RESTRICT")
        code = CharField(max_length=20)
        note = TextField(default="")
        created = DateTimeField()
        decided_by = ForeignKeyField(Person, null=True, on_delete="RESTRICT")
        decided = DateTimeField(null=True)
        finding = TextField(default="")

        class Meta:
            database = db
            table_name = "talk_report"
            indexes = ((("conversation", "person"), True), (("status", "created", "id"), False))

    db.create_tables([TalkReport])


def down(migrator, db):
    migrator.migrate(migrator.drop_table("talk_report"))
    migrator.migrate(migrator.drop_table("block"))
