"""The dot commands: their names, what they take, and reading a line as one."""

from __future__ import annotations

import shlex
import textwrap
from dataclasses import dataclass

from stratum_sql.errors import BindError, Span, suggestions

MODES = ("table", "csv", "json", "markdown", "line")


@dataclass(frozen=True, slots=True)
class Dot:
    """One command: `takes` names what stands behind it, `choices` are all that may stand there, `files` says that a
    file does."""

    name: str
    takes: str
    help: str
    choices: tuple[str, ...] = ()
    files: bool = False


_STEPS = ("begin", "run", "cancel")
DOTS = {
    dot.name: dot
    for dot in (
        Dot(".batch", "begin|run|cancel", "let statements that train wait, and run them as one", _STEPS),
        Dot(".exit", "", "leave; so does Ctrl-D"),
        Dot(".help", "[COMMAND]", "this list"),
        Dot(".load", "FILE [AS NAME]", "read a CSV, Parquet or JSON file as a table", files=True),
        Dot(".mode", "|".join(MODES), "the form of what is shown", MODES),
        Dot(".models", "", "the models that are kept"),
        Dot(".output", "[FILE]", "write what is shown there; to the screen again without a file", files=True),
        Dot(".plan", "[STATEMENT]", "the plan of a statement; of the open batch, or the last statement, without one"),
        Dot(".read", "FILE", "run the statements of a file", files=True),
        Dot(".rows", "[N]", "rows shown of a table; 0 shows all"),
        Dot(".schema", "[TABLE]", "the columns of a table, or of all tables"),
        Dot(".tables", "", "the tables and views"),
        Dot(".timeout", "[SECONDS]", "stop a statement after that time; 0 never does"),
        Dot(".timer", "on|off", "say how long statements take", ("on", "off")),
    )
}
# What people type who come from other prompts, and at their end.
HABITS = {
    **dict.fromkeys(("exit", "quit", "\\q", ".quit", ".q"), ".exit"),
    **dict.fromkeys(("help", "?", "\\?", "\\h"), ".help"),
    **dict.fromkeys(("\\d", "\\dt", "\\l"), ".tables"),
    "\\timing": ".timer",
    "\\i": ".read",
    "\\o": ".output",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line that was a command: which, and the text behind it."""

    dot: Dot
    argument: str


def habit(text: str) -> str | None:
    """The dot command for a line that other prompts would take as one; None for anything else."""
    word, _, rest = text.strip().rstrip(";").partition(" ")
    meant = HABITS.get(word.lower())
    if word.lower() in ("\\d", "\\dt") and rest.strip():
        meant = ".schema"
    is_word = word.isalpha()  # `help me` begins a statement, however wrong
    return None if meant is None or (is_word and rest.strip()) else f"{meant} {rest}".strip()


def read_dot(line: str) -> Told:
    """The command that a line holds. Raises BindError with the nearest names."""
    word, _, argument = line.strip().rstrip(";").partition(" ")
    dot = DOTS.get(word.lower())
    if dot is None:
        hint = ".help lists the commands"
        near = suggestions(word, DOTS)
        message = f"no command {word}"
        raise BindError.at(line, Span(0, len(word)), "unknown_command", message, did_you_mean=near, hint=hint)
    argument = argument.strip()
    if argument and not dot.takes:
        raise _refused(line, argument, f"{dot.name} takes nothing behind it")
    if argument and dot.choices and argument.lower() not in dot.choices:
        near = suggestions(argument, dot.choices)
        raise _refused(line, argument, f"{dot.name} takes {', '.join(dot.choices)}", *near)
    return Told(dot, argument.lower() if dot.choices else argument)


def _refused(line: str, argument: str, message: str, *near: str) -> Exception:
    start = line.index(argument)
    span = Span(start, start + len(argument))
    return BindError.at(line, span, "bad_argument", message, did_you_mean=near)


def words_of_argument(told: Told) -> list[str]:
    """The words behind a command; a file's name with spaces stands in quotes. Raises BindError."""
    try:
        return shlex.split(told.argument)
    except ValueError as error:
        raise BindError.at("", None, "bad_argument", f"{told.dot.name}: {error}") from error


def table_name(path: str) -> str:
    """The name that a file's table gets where none is given: the file's, in letters, digits and underscores."""
    stem = path.rsplit("/", 1)[-1].split(".", 1)[0]
    name = "".join(char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in stem)
    return name if name and not name[0].isdigit() else f"_{name}"


def number_of(told: Told) -> float:
    """The number behind a command. Raises BindError for what is none, or below 0."""
    try:
        value = float(told.argument)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise BindError.at("", None, "bad_argument", f"{told.dot.name} takes a number, 0 or more; got {told.argument}")
    return value


def help_text(about: str = "", width: int = 100) -> str:
    """The list of commands in lines of at most `width`, or one of them. Raises BindError."""
    if about:
        dot = read_dot(f".{about.lstrip('.')}").dot
        return "\n".join(_wrapped(f"{_call(dot)}  {dot.help}", width, 4))
    room = max(len(_call(dot)) for dot in DOTS.values()) + 2
    if room > width // 2:
        lines = [line for dot in DOTS.values() for line in (_call(dot), *_wrapped("    " + dot.help, width, 4))]
    else:
        lines = [line for dot in DOTS.values() for line in _wrapped(f"{_call(dot):<{room}}{dot.help}", width, room)]
    return "\n".join([*lines, "", *(line for said in _KEYS for line in _wrapped(said, width, 0))])


def _call(dot: Dot) -> str:
    return f"{dot.name} {dot.takes}".strip()


def _wrapped(text: str, width: int, indent: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=" " * indent, drop_whitespace=True) or [""]


_KEYS = (
    "A statement ends with ; and may have several lines; Enter on an empty line after ; runs what seems open, too.",
    "Tab completes, Up brings back what was typed, Ctrl-R searches it. A line that begins with a space is not kept.",
    "Ctrl-C stops what runs, or clears what was typed.",
)
