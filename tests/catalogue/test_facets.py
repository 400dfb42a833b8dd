"""The facets and the fields that feed them."""

import pytest

from app.catalogue.facets import FACETS, Facet


@pytest.mark.parametrize("facet", FACETS.values(), ids=list(FACETS))
def test_the_example_of_a_facet_is_what_it_reads_in_the_example_of_its_field(facet: Facet) -> None:
    example = facet.field.example
    value = facet.read(example if isinstance(example, str) else example[0])

    assert value is not None
    assert value.value == facet.example
