"""The statements about kept models and their versions, and what is asked of the registry before `CREATE MODEL`
trains."""

from __future__ import annotations

from stratum_sql.errors import BindError, NotAllowed, RunError, StratumError
from stratum_sql.grammar.syntax import (
    DescribeModel,
    DropModel,
    Listing,
    Name,
    PromoteModel,
    RollbackModel,
    ShowModels,
    ShowVersions,
    Train,
)
from stratum_sql.models.listing import facts_table, models_table, versions_table
from stratum_sql.models.store import Store
from stratum_sql.results import Result


class ModelStatements:
    """The statements about kept models of one session.

    Foreign statements may read the list, without the SQL that others wrote, and drop what goes with the session; what
    stays in the database is not theirs to drop or replace, unless they `may_change` it.
    """

    def __init__(self, store: Store, *, trusted: bool) -> None:
        self._store, self._trusted = store, trusted
        self.may_change = trusted

    def listing(self, text: str, statement: Listing) -> Result:
        """The models, or what one of them is. Raises StratumError."""
        written = text[statement.span.start : statement.span.end]
        match statement:
            case DescribeModel(model=model):
                entry = self._store.entry(model.last, text, model.span, model.version)
                in_full = self._trusted or self._store.made_here(entry)
                table = facts_table(entry, self._store.manifest(entry), in_full=in_full)
            case ShowVersions(model=model):
                table = versions_table(self._store.version_entries(model.last, text, model.span))
            case ShowModels():
                table = models_table(self._store.entries(statement.pattern))
        return Result.from_arrow(table, "rows", statement=written)

    def drop(self, text: str, statement: DropModel) -> Result:
        """Let a model go, all its versions or the one named. Raises BindError for one that is not there, NotAllowed,
        RunError.
        """
        name, written = statement.model, text[statement.span.start : statement.span.end]
        if statement.if_exists and name.version is not None and not self._store.has_version(name.last, name.version):
            return Result.none(written)
        temporary = self._store.has(name.last, temporary=True)
        if not temporary and not self._store.has(name.last, temporary=False):
            if statement.if_exists:
                return Result.none(written)
            raise self._store.unknown(name.last, text, name.span)
        if not temporary:
            self._check_change(text, name, "DROP MODEL", "dropped")
        if name.version is None:
            self._store.drop(name.last)
        else:
            self._store.drop_version(name.last, name.version, text, name.span)
        return Result.none(written)

    def change(self, text: str, statement: PromoteModel | RollbackModel) -> Result:
        """Let an alias mean another version. Raises BindError, NotAllowed, RunError."""
        name = statement.model
        if not self._store.has(name.last, temporary=True):
            if not self._store.has(name.last, temporary=False):
                raise self._store.unknown(name.last, text, name.span)
            what, done = _CHANGES[type(statement)]
            self._check_change(text, name, what, done)
        match statement:
            case PromoteModel(alias=alias):
                self._store.promote(name.last, name.version, alias, text, name.span)
            case RollbackModel(to=to):
                self._store.roll_back(name.last, name.version, to, text, name.span)
        return Result.none(text[statement.span.start : statement.span.end])

    def is_left(self, text: str, statement: object) -> bool:
        """Whether the statement creates a model if there is none, and there is one; False for all that is to run.

        Raises StratumError if a model that is created could not be kept: before it is trained.
        """
        if not isinstance(statement, Train) or statement.created is None or statement.name is None:
            return False
        created, name = statement.created, statement.name
        there = self._store.has(name.last, temporary=created.temporary)
        if there and created.if_not_exists:
            return True
        if there and not created.or_replace:
            raise _exists(text, name)
        if not created.temporary:
            self._check_new(text, name, replaces=created.or_replace)
        return False

    def _check_new(self, text: str, name: Name, *, replaces: bool) -> None:
        if replaces:
            self._check_change(text, name, "CREATE OR REPLACE MODEL", "created")
        elif self._store.read_only:
            raise _read_only(text, name, "created")

    def _check_change(self, text: str, name: Name, what: str, done: str) -> None:
        if not self.may_change:
            hint = "a session for foreign statements makes new models, and drops those it made with CREATE TEMP MODEL"
            raise NotAllowed.at(text, name.span, "not_allowed", f"{what} is not allowed here", hint=hint)
        if self._store.read_only:
            raise _read_only(text, name, done)


_CHANGES = {PromoteModel: ("PROMOTE MODEL", "promoted"), RollbackModel: ("ROLLBACK MODEL", "rolled back")}


def _exists(text: str, name: Name) -> StratumError:
    hint = f"CREATE OR REPLACE MODEL takes its place; … TRAIN MODEL … AS {name.last} adds a version"
    return BindError.at(text, name.span, "model_exists", f'there is a model "{name.last}" already', hint=hint)


def _read_only(text: str, name: Name, done: str) -> StratumError:
    message = f"the database is read-only: the model cannot be {done}"
    hint = "CREATE TEMP MODEL lives as long as the session" if done == "created" else None
    return RunError.at(text, name.span, "read_only", message, hint=hint)
