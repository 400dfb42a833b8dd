"""Removes the tracking parameters that other services add to the URL of a shared page."""

from fastapi import Request

from app.catalogue.parameters import QueryPairs

_CLICK_IDS = frozenset(
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
"""Click identifiers of social networks, search engines and newsletters."""

_CAMPAIGN_PREFIXES = ("at_", "gad_", "hsa_", "mtm_", "pk_")
"""Prefixes of campaign parameters, beside those that the API ignores too."""


def page_query_pairs(request: Request) -> list[tuple[str, str]]:
    """Return the query parameters of a page without tracking parameters. The API refuses these parameters."""
    return strip_tracking_parameters(request.query_params.multi_items())


def strip_tracking_parameters(pairs: QueryPairs) -> list[tuple[str, str]]:
    """Return `pairs` without tracking parameters."""
    return [
        (name, value) for name, value in pairs if name not in _CLICK_IDS and not name.startswith(_CAMPAIGN_PREFIXES)
    ]
