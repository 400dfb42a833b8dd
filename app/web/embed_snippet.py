"""Writes the lines of HTML that show the search on somebody else's page."""

from urllib.parse import urlencode

from markupsafe import escape

from app.catalogue.table_columns import split_list
from app.public_urls import embed_url, search_page_url
from app.web.embed_options import LOCKED_FILTERS, Attributes

_FIRST_HEIGHT = 900  # pixels of a frame until it tells its own
_NAME = "Chercher une action des centres sociaux"


def element_snippet(site: str, attributes: Attributes) -> str:
    """Return the element with those attributes, from the catalogue at `site`, around a link for want of scripts."""
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return (
        f'<script type="module" src="{escape(site)}/widget.js"></script>\n'
        f"<actions-recherche{written}>\n"
        f'  <a href="{escape(_question(site, attributes))}">{_NAME}</a>\n'
        "</actions-recherche>"
    )


def frame_snippet(site: str, attributes: Attributes) -> str:
    """Return a frame of the same, and the script that gives it the height of its content."""
    query = urlencode(_parameters(attributes))
    address = embed_url(site, query)
    title = attributes.get("titre") or _NAME
    size = f'width="100%" height="{_FIRST_HEIGHT}" frameborder="0"'
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" {size}></iframe>\n'
        f'<script type="module" src="{escape(site)}/iframe.js"></script>'
    )


def _question(site: str, attributes: Attributes) -> str:
    asked = [(name, value) for name, value in _parameters(attributes) if name in LOCKED_FILTERS or name == "q"]
    return search_page_url(site, urlencode(asked))


def _parameters(attributes: Attributes) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, written in attributes.items()
        for value in (split_list(written) if name in LOCKED_FILTERS else [written])
    ]
