"""The command line. Each file in `commands/` is one command; it is imported only when it is called."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from .. import __version__
from ..errors import AffectError

_FOLDER = Path(__file__).parent / "commands"


class Commands(TyperGroup):
    """A group whose commands are the files of the folder; for help, the first line of a file's docstring is enough."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for file in sorted(_FOLDER.glob("[!_]*.py")):
            name = file.stem.replace("_", "-")
            self.add_command(TyperCommand(name, help=first_line(file)), name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, found, rest = super().resolve_command(ctx, args)
        return name, None if found is None else load(str(name)), rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except AffectError as error:
            typer.echo(f"affectkit: {error}", err=True)
            raise typer.Exit(error.exit_code) from error
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f" at {error.filename}" if error.filename else ""
            typer.echo(
                f"affectkit: expected to read and write files; found {error.strerror or error}{where}; "
                "check the path, its rights and the free space",
                err=True,
            )
            raise typer.Exit(1) from error


def load(name: str) -> Any:
    """A command, ready to run, from the function `command` of its file."""
    module = importlib.import_module(f".commands.{name.replace('-', '_')}", __package__)
    single = typer.Typer(add_completion=False)
    paragraphs = (inspect.getdoc(module.command) or "").split("\n\n")
    single.command(name, help="\n\n".join(" ".join(one.split()) for one in paragraphs))(module.command)
    return typer.main.get_command(single)


def first_line(file: Path) -> str:
    """The first line of a file's docstring; nothing is imported and only the docstring is parsed."""
    text = file.read_text(encoding="utf-8")
    end = text.find('"""', 3) + 3
    docstring = ast.get_docstring(ast.parse(text[:end] if text.startswith('"""') and end > 3 else text))
    return (docstring or "").partition("\n")[0]


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        cls=Commands,
        name="affectkit",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def affectkit(
        version: bool = typer.Option(False, "--version", help="Show the version.", is_eager=True, callback=_version),
    ) -> None:
        """Read emotion from text, speech, music, faces, video and signals; train, evaluate and compare what does so."""

    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"affectkit {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line."""
    build()()
