"""What the address of a page asks, without what others have added to it on the way: a shared page has to open."""

from fastapi import Request

from app.catalogue.parameters import QueryPairs

_CLICKS = frozenset(
    [
        "dclid",
        "epik",
        "fbclid",
        "gbraid",
        "gclid",
        "gclsrc",
        "igsh",
        "igshid",
        "li_fat_id",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "msclkid",
        "srsltid",
        "ttclid",
        "twclid",
        "wbraid",
        "xtor",
        "yclid",
    ]
)
"""By which social networks, search engines and letters tell one click from another."""

_CAMPAIGNS = ("at_", "gad_", "hsa_", "mtm_", "pk_")
"""How names of campaigns begin, beside those that the API ignores, too."""


def page_query_pairs(request: Request) -> list[tuple[str, str]]:
    """Return the parameters of the address of a page; the API, which programs call, takes none of the others."""
    return strip_tracking_parameters(request.query_params.multi_items())


def strip_tracking_parameters(pairs: QueryPairs) -> list[tuple[str, str]]:
    """Return `pairs` without those that networks and letters add to an address that is shared."""
    return [(name, value) for name, value in pairs if name not in _CLICKS and not name.startswith(_CAMPAIGNS)]
