"""The messages of click in French: it looks them up with gettext, by the language of the environment."""

from collections.abc import Mapping

from click import core, decorators, exceptions, formatting, parser, types

_MESSAGES: Mapping[str, str] = {
    "Usage:": "Usage :",
    "Options": "Options",
    "Commands": "Commandes",
    "Positional arguments": "Arguments",
    "Show this message and exit.": "Montre cette aide.",
    "required": "obligatoire",
    "default: {default}": "par défaut : {default}",
    "Missing command.": "il manque une commande.",
    "Option {name!r} does not take a value.": "l'option {name} ne prend pas de valeur.",
    "Argument {name!r} takes {nargs} values.": "l'argument {name} prend {nargs} valeurs.",
    "Option {name!r} requires an argument.": "l'option {name} veut une valeur.",
    "Option {name!r} requires {nargs} arguments.": "l'option {name} veut {nargs} valeurs.",
    "Got unexpected extra argument ({args})": "argument en trop ({args}).",
    "Got unexpected extra arguments ({args})": "arguments en trop ({args}).",
}


def translate_click() -> None:
    """Replace the look-up of messages in click's modules; a message that is not listed stays as it is."""
    for module in (core, decorators, exceptions, formatting, parser, types):
        for name, function in (("_", _gettext), ("ngettext", _ngettext)):
            if hasattr(module, name):
                setattr(module, name, function)


def _gettext(message: str) -> str:
    return _MESSAGES.get(message, message)


def _ngettext(singular: str, plural: str, number: int) -> str:
    return _gettext(singular if number == 1 else plural)
