"""A command with a sub-command for each of some models, loaded when it is used; the overview needs no torch."""

from collections.abc import Mapping

from cyclopts import App

from eventspace.base.provenance import command

__all__ = ["app_of_models", "indented"]


def app_of_models(name: str, module: str, models: Mapping[str, str], text: str) -> App:
    """The command.

    Arguments:
        name: of the command.
        module: gives the function of a sub-command, by the name of the model.
        models: with a line on each.
        text: for the help.
    """
    app = App(name=name, help=text)
    chosen = command.get()[2:3]  # its help is its own; of the others one line is shown
    for model, line in models.items():
        app.command(f"{module}:{model}", name=model, help=None if model in chosen else line)
    return app


def indented(text: str) -> str:
    """Paragraphs for the docstring of a function."""
    return text.replace("\n\n", "\n\n    ")
