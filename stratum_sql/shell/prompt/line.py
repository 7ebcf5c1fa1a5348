"""The line editor: prompt_toolkit with the statements, names and colours of this language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application
from prompt_toolkit.completion import (
    CompleteEvent,
    Completer,
    Completion,
    PathCompleter,
    get_common_complete_suffix,
)
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.output import Output
from prompt_toolkit.styles import Style

from stratum_sql.shell.prompt import dots

if TYPE_CHECKING:
    from stratum_sql.shell.prompt.names import Names

# The terminal's own sixteen colours, so that they suit its background.
_STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "continuation": "ansibrightblack",
        "sql.keyword": "bold",
        "sql.call": "ansicyan",
        "sql.string": "ansigreen",
        "sql.number": "ansimagenta",
        "sql.name": "",
        "sql.comment": "ansibrightblack",
        "sql.dot": "ansicyan bold",
    }
)

_LONGEST = 50_000  # characters that are painted again with every key


def is_ready(text: str) -> bool:
    """Whether Enter at the end of `text` runs it: statements that are whole, a dot command, a word of other prompts; or
    an empty line after a semicolon, for what only seems open."""
    from stratum_sql.shell.prompt.typed import read_typed  # the tokenizer is loaded when there is something to read

    body = text.strip()
    if not body or (body.startswith(".") and body[1:2].isalpha()) or dots.habit(body) is not None:
        return True
    return not read_typed(text).open or (body.endswith(";") and text.endswith("\n"))


class Colours(Lexer):
    """Paints what is typed."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        if not document.text or len(document.text) > _LONGEST:
            return lambda number: [("", document.lines[number])] if number < len(document.lines) else []
        from stratum_sql.shell.prompt import highlight

        lines: list[StyleAndTextTuples] = [[]]
        for kind, piece in highlight.pieces(document.text):
            first, *others = piece.split("\n")
            style = f"class:sql.{kind}" if kind else ""
            lines[-1].append((style, first))
            lines += [[(style, part)] for part in others]
        return lambda number: lines[number] if number < len(lines) else []


class NamesCompleter(Completer):
    """Asks for the names when Tab is pressed."""

    def __init__(self, names: Callable[[], Names]) -> None:
        self._names = names

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        from stratum_sql.shell.prompt.completion import complete

        before = document.text_before_cursor
        if before.lstrip().startswith("."):
            yield from _of_command(before.lstrip(), complete_event, self._names)
            return
        for one in complete(before, document.text_after_cursor, self._names()):
            yield Completion(one.text, -one.length, display_meta=one.kind)


def _of_command(before: str, event: CompleteEvent, names: Callable[[], Names]) -> Iterable[Completion]:
    """Commands, then what stands behind them."""
    from stratum_sql.shell.prompt.completion import complete

    word, space, rest = before.partition(" ")
    if not space:
        yield from (_word(name, word, dot.help) for name, dot in dots.DOTS.items() if name.startswith(word.lower()))
        return
    dot = dots.DOTS.get(word.lower())
    if dot is None:
        return
    if dot.files:
        yield from PathCompleter(expanduser=True).get_completions(Document(rest), event)
    elif dot.name == ".plan":
        yield from (Completion(one.text, -one.length, display_meta=one.kind) for one in complete(rest, "", names()))
    elif dot.name == ".schema":
        yield from (_word(name, rest, "table") for name in names().tables if name.lower().startswith(rest.lower()))
    else:
        choices = (name.lstrip(".") for name in dots.DOTS) if dot.name == ".help" else dot.choices
        yield from (_word(choice, rest, "") for choice in choices if choice.startswith(rest.lower()))


def _word(text: str, begun: str, meta: str) -> Completion:
    return Completion(text, -len(begun), display_meta=meta)


def _keys(completer: Completer) -> KeyBindings:
    keys = KeyBindings()

    @keys.add("tab")
    def _complete(event: KeyPressEvent) -> None:
        """Insert what is certain at once, before the next key is looked at; show the rest as a menu."""
        buffer = event.current_buffer
        if buffer.complete_state is not None:
            buffer.complete_next()
            return
        found = list(completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))
        if len(found) == 1:
            buffer.apply_completion(found[0])
        elif found:
            buffer.insert_text(get_common_complete_suffix(buffer.document, found))
            buffer.start_completion()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None  # takes what the menu shows
        elif is_ready(buffer.text) and not buffer.document.text_after_cursor.strip():
            buffer.validate_and_handle()
        else:
            buffer.newline(copy_margin=False)

    @keys.add("c-c")
    def _clear(event: KeyPressEvent) -> None:
        text = event.current_buffer.text
        if text.strip():
            event.current_buffer.history.append_string(text)  # Up brings it back
        event.app.exit(exception=KeyboardInterrupt, style="class:aborting")

    return keys


class Line:
    """The prompt. `names` is asked when something is to be completed."""

    def __init__(
        self,
        names: Callable[[], Names],
        history: History,
        *,
        colour: bool,
        input: Input | None = None,
        output: Output | None = None,
    ) -> None:
        completer = NamesCompleter(names)
        self._session: PromptSession[str] = PromptSession(
            multiline=True,
            history=history,
            completer=completer,
            complete_while_typing=False,
            lexer=Colours() if colour else None,
            style=_STYLE if colour else None,
            include_default_pygments_style=False,
            enable_suspend=True,
            key_bindings=_keys(completer),
            input=input,
            output=output,
        )

    def when_shown(self, call: Callable[[], object]) -> None:
        """Call this once, when the prompt is there."""

        def shown(application: Application[str]) -> None:
            application.after_render -= shown
            call()

        self._session.app.after_render += shown

    def give_up(self, error: Exception) -> None:
        """Let `read` raise an error, from any thread; without anybody reading do nothing."""
        app = self._session.app
        if app.loop is not None and app.is_running:
            app.loop.call_soon_threadsafe(lambda: app.exit(exception=error) if app.is_running else None)

    def read(self, prompt: str) -> str:
        """What was typed up to an Enter that ends it. Raises KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D, and the
        error of `give_up`."""
        return self._session.prompt([("class:prompt", prompt)], prompt_continuation=self._continuation)

    def _continuation(self, width: int, line: int, _wrapped: int) -> StyleAndTextTuples:
        """What the lines above wait for, right below the prompt."""
        from stratum_sql.shell.prompt.typed import read_typed

        lines = self._session.default_buffer.document.lines
        opened = read_typed("\n".join(lines[:line])).open
        mark = "-> " if opened in (";", "") else f"{opened}> "
        return [("class:continuation", mark.rjust(width))]
