"""The filters of GET /actions as options of a command, and what to say of values that nobody uses."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

from app.catalogue.parameters import Parameter, did_you_mean
from app.commands.terminal import printable
from app.search.engine import UnknownValue

Command = Callable[..., Any]
OptionValue = str | tuple[str, ...] | None


def parameter_options(known: Mapping[str, Parameter]) -> Callable[[Command], Command]:
    """Return what gives a command an option for each parameter of `known`, in their order."""

    def give(command: Command) -> Command:
        for parameter in reversed([*known.values()]):
            names = (f"--{parameter.name}", parameter.name)
            option = click.option(*names, multiple=parameter.repeatable, metavar="VALEUR", help=parameter.description)
            command = option(command)
        return command

    return give


def option_pairs(given: Mapping[str, OptionValue]) -> list[tuple[str, str]]:
    """Return the names and values of the options that were given, as an address would have them."""
    return [(name, value) for name, values in given.items() for value in _values(values)]


def _values(given: OptionValue) -> tuple[str, ...]:
    return given if isinstance(given, tuple) else (given,) if given else ()


def echo_unknown_values(values: Iterable[UnknownValue]) -> None:
    """Say on standard error which values no record has, and what was perhaps meant."""
    for unknown in values:
        hint = did_you_mean(unknown.nearest)
        click.echo(printable(f"--{unknown.parameter} : aucune fiche n'a « {unknown.value} ».{hint}"), err=True)
