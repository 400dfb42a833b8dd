"""The filters of GET /actions as command-line options, and the messages about unknown values."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

from app.catalogue.parameters import Parameter, did_you_mean
from app.commands.terminal import echo
from app.search.engine import UnknownValue

Command = Callable[..., Any]
OptionValue = str | tuple[str, ...] | None


def parameter_options(parameters: Mapping[str, Parameter]) -> Callable[[Command], Command]:
    """Return a decorator that adds an option to a command for each parameter, in order."""

    def add_options(command: Command) -> Command:
        for parameter in reversed([*parameters.values()]):
            names = (f"--{parameter.name}", parameter.name)
            option = click.option(*names, multiple=parameter.repeatable, metavar="VALEUR", help=parameter.description)
            command = option(command)
        return command

    return add_options


def option_pairs(options: Mapping[str, OptionValue]) -> list[tuple[str, str]]:
    """Return the options that are set as pairs of name and value, like those of a query string."""
    return [(name, value) for name, values in options.items() for value in _values(values)]


def _values(value: OptionValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,) if value else ()


def echo_unknown_values(values: Iterable[UnknownValue]) -> None:
    """Print the values that no record has to standard error, each with the nearest known one."""
    for unknown in values:
        hint = did_you_mean(unknown.nearest)
        echo(f"--{unknown.parameter} : aucune fiche n'a « {unknown.value} ».{hint}", err=True)
