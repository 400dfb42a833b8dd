"""The HTML that embeds the search in the page of another site."""

from urllib.parse import urlencode

from markupsafe import escape

from app.catalogue.table_columns import split_list
from app.public_urls import embed_url, search_page_url
from app.web.embed_options import LOCKED_FILTERS, Attributes

_INITIAL_HEIGHT = 900  # pixels of a frame until iframe.js sets it
_TITLE = "Chercher une action des centres sociaux"


def element_snippet(site: str, attributes: Attributes) -> str:
    """Return the element with `attributes`, loaded from the catalogue at `site`; without scripts it shows a link."""
    html_attributes = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return (
        f'<script type="module" src="{escape(site)}/widget.js"></script>\n'
        f"<actions-recherche{html_attributes}>\n"
        f'  <a href="{escape(_search_url(site, attributes))}">{_TITLE}</a>\n'
        "</actions-recherche>"
    )


def frame_snippet(site: str, attributes: Attributes) -> str:
    """Return a frame with the search, and the script that sets its height to that of its content."""
    query = urlencode(_parameters(attributes))
    url = embed_url(site, query)
    title = attributes.get("titre") or _TITLE
    size = f'width="100%" height="{_INITIAL_HEIGHT}" frameborder="0"'
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" {size}></iframe>\n'
        f'<script type="module" src="{escape(site)}/iframe.js"></script>'
    )


def _search_url(site: str, attributes: Attributes) -> str:
    pairs = [(name, value) for name, value in _parameters(attributes) if name in LOCKED_FILTERS or name == "q"]
    return search_page_url(site, urlencode(pairs))


def _parameters(attributes: Attributes) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, attribute in attributes.items()
        for value in (split_list(attribute) if name in LOCKED_FILTERS else [attribute])
    ]
