"""Table Schema, DCAT and JSON-LD, checked against the data with tools of these formats."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import frictionless
import httpx
import pytest
from rdflib import DCTERMS, RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, FOAF

from app.catalogue.fields import FIELDS
from app.catalogue.table_columns import COLUMNS
from app.catalogue.territory import departements
from app.exporting.linked_data import CONTEXT_RELATION
from app.http.context import app_context
from app.main import create_app
from app.service import CatalogueService
from tests.apart import run_apart
from tests.in_process import run_actions, running_server
from tests.processes import default_settings

# rdflib's JSON-LD parser uses its own deprecated functions.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

PATHS = {
    "/schema.json": "application/json",
    "/catalog.jsonld": "application/ld+json",
    "/context.jsonld": "application/ld+json",
}
PUBLIC = "https://actions.example/base"
SCHEMA_ORG = Namespace("https://schema.org/")
INSEE = Namespace("http://rdf.insee.fr/def/geo#")
OWN = Namespace(f"{PUBLIC}/context.jsonld#")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, sample_export: Path) -> Iterator[httpx.Client]:
    """A server with a public URL, a publisher and a licence."""
    directory = tmp_path_factory.mktemp("published")
    run_actions(directory, "import", sample_export)
    settings = {
        "ACTIONS_PUBLIC_URL": PUBLIC,
        "ACTIONS_PUBLISHER": "La fédération « d'ici »",
        "ACTIONS_LICENCE": "https://licence.example/v1",
    }
    with running_server(directory, settings=settings) as base, httpx.Client(base_url=base) as client:
        yield client


@pytest.fixture(scope="module")
def catalog(published: httpx.Client) -> Graph:
    return Graph().parse(data=published.get("/catalog.jsonld").text, format="json-ld")


@pytest.mark.parametrize(("path", "media_type"), PATHS.items())
def test_a_description_is_tagged_typed_and_takes_no_parameter(client: httpx.Client, path: str, media_type: str) -> None:
    answer = client.get(path)

    assert answer.headers["content-type"] == media_type
    assert client.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert client.head(path).headers["last-modified"] == answer.headers["last-modified"]
    assert client.get(f"{path}?q=x").status_code == 400


@pytest.mark.parametrize("path", ["/catalog.jsonld", "/actions.atom"])
def test_what_names_licence_and_publisher_has_another_tag_under_others(filled: Path, path: str) -> None:
    def tag(**settings: str) -> str:
        app = create_app(default_settings(filled).model_copy(update=settings))

        async def ask() -> str:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as asking:
                return (await asking.get(path)).headers["etag"]

        with CatalogueService.open(default_settings(filled)) as app_context(app).service_holder.service:
            return run_apart(ask())

    usual = tag()
    assert tag() == usual
    assert len({usual, tag(licence="https://licence.example/"), tag(publisher="La fédération")}) == 3


def report(directory: Path, table: bytes, schema: dict[str, Any]) -> frictionless.Report:
    (directory / "actions.csv").write_bytes(table)
    with frictionless.system.use_context(trusted=True):
        resource = frictionless.Resource(
            path=str(directory / "actions.csv"), schema=frictionless.Schema.from_descriptor(schema)
        )
        return resource.validate()


@pytest.mark.parametrize("query", ["", "bom=true", "q=jardin", "q=introuvable-tout-a-fait"])
def test_the_table_is_as_its_schema_says(client: httpx.Client, tmp_path: Path, query: str) -> None:
    schema = client.get("/schema.json").json()
    checked = report(tmp_path, client.get(f"/actions.csv?{query}").content, schema)

    assert checked.valid, checked.flatten(["type", "note"])
    assert checked.tasks[0].stats["rows"] == client.get(f"/actions?{query.replace('bom=true', '')}").json()["total"]


def test_a_table_that_is_not_as_its_schema_says_is_found_out(client: httpx.Client, tmp_path: Path) -> None:
    schema, table = client.get("/schema.json").json(), client.get("/actions.csv").content
    for right, wrong in ((b",Morbihan,", b",Morbiham,"), (b"Z,2", b"Z,hier 2"), (b"departement_code", b"dep")):
        assert right in table
        assert not report(tmp_path, table.replace(right, wrong), schema).valid


def test_the_schema_says_what_is_in_each_column(client: httpx.Client) -> None:
    schema = client.get("/schema.json").json()
    fields = {field["name"]: field for field in schema["fields"]}

    assert list(fields) == list(COLUMNS)
    assert not frictionless.Schema.metadata_validate(schema) or not list(frictionless.Schema.metadata_validate(schema))
    assert all(field["title"] and field["description"] and field["example"] for field in fields.values())
    assert fields["departement_code"]["constraints"]["enum"] == [place.code for place in departements()]
    assert len(fields["region"]["constraints"]["enum"]) == 18
    assert " | " in fields["mots_cles"]["description"]


def test_a_table_leads_to_its_schema(published: httpx.Client) -> None:
    links = published.get("/actions.csv").links

    assert links["describedby"]["url"] == f"{PUBLIC}/schema.json"


def test_the_data_set_says_whose_it_is_and_where_to_have_it(published: httpx.Client, catalog: Graph) -> None:
    described = URIRef(f"{PUBLIC}/catalog.jsonld")
    (dataset,) = catalog.objects(described, DCAT.dataset)
    (publisher,) = catalog.objects(dataset, DCTERMS.publisher)
    files = list(catalog.objects(dataset, DCAT.distribution))

    assert (described, RDF.type, DCAT.Catalog) in catalog
    assert (dataset, RDF.type, DCAT.Dataset) in catalog
    for one in (described, dataset):
        for wanted in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.modified, DCTERMS.language):
            assert catalog.value(one, wanted), (one, wanted)
    assert catalog.value(publisher, FOAF.name) == Literal("La fédération « d'ici »")
    assert (publisher, RDF.type, FOAF.Organization) in catalog
    assert {str(file) for file in files} == {f"{PUBLIC}/actions.{name}" for name in ("csv", "jsonl", "xlsx", "atom")}
    for file in files:
        assert catalog.value(file, DCTERMS.license) == URIRef("https://licence.example/v1")
        assert catalog.value(file, DCAT.accessURL) == catalog.value(file, DCAT.downloadURL) == file
        answer = published.head(str(file).removeprefix(PUBLIC))
        kind = answer.headers["content-type"].partition(";")[0]
        assert str(catalog.value(file, DCAT.mediaType)).endswith(f"/media-types/{kind}")
    assert catalog.value(URIRef(f"{PUBLIC}/actions.csv"), DCTERMS.conformsTo) == URIRef(f"{PUBLIC}/schema.json")
    (service,) = catalog.subjects(RDF.type, DCAT.DataService)
    assert catalog.value(service, DCAT.endpointDescription) == URIRef(f"{PUBLIC}/openapi.json")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("ACTIONS_LICENCE", "Licence ouverte"), ("ACTIONS_LICENCE", 'https://x.example/"><x'), ("ACTIONS_PUBLISHER", "")],
)
def test_settings_that_say_nothing_are_refused(tmp_path: Path, setting: str, value: str) -> None:
    done = run_actions(tmp_path, "check", **{setting: value})

    assert done.returncode == 2
    assert setting in done.stderr


def test_without_a_licence_none_is_stated(tmp_path: Path) -> None:
    with running_server(tmp_path, settings={"ACTIONS_LICENCE": ""}) as base:
        assert "license" not in httpx.get(f"{base}/catalog.jsonld").text
        assert "license" not in httpx.get(f"{base}/actions.atom").text
        # An empty catalogue has never changed.
        assert "last-modified" not in httpx.get(f"{base}/actions.csv").headers


def test_an_action_is_linked_data_by_its_context(published: httpx.Client) -> None:
    answer = published.get("/actions/jardin-partage-1e0605")
    context = published.get(answer.links[CONTEXT_RELATION]["url"].removeprefix(PUBLIC)).json()
    graph = Graph().parse(data=json.dumps({**answer.json(), **context}), format="json-ld")
    action = URIRef(f"{PUBLIC}/actions/jardin-partage-1e0605")
    (structure,) = graph.objects(action, SCHEMA_ORG.organizer)
    (place,) = graph.objects(structure, OWN.departement)

    assert graph.value(action, DCTERMS.title) == Literal("Jardin partagé")
    assert graph.value(action, DCTERMS.identifier) == Literal("jardin-partage-1e0605")
    assert graph.value(action, SCHEMA_ORG.url) == URIRef(f"{PUBLIC}/fiches/jardin-partage-1e0605")
    assert graph.value(action, DCTERMS.modified).toPython().tzinfo
    assert {str(word) for word in graph.objects(action, SCHEMA_ORG.keywords)} == set(answer.json()["mots_cles"])
    assert graph.value(place, INSEE.codeINSEE) == Literal(answer.json()["structure"]["departement"]["code"])
    assert graph.value(structure, SCHEMA_ORG.name) == Literal(answer.json()["structure"]["nom"])


def test_a_list_is_linked_data_too(published: httpx.Client) -> None:
    document = published.get("/actions?per_page=5&fields=id,titre,links").json()
    items = {"items": document["items"], **published.get("/context.jsonld").json()}
    graph = Graph().parse(data=json.dumps(items), format="json-ld")

    assert {str(found) for found in graph.subjects(DCTERMS.title)} == {
        item["links"]["self"] for item in document["items"]
    }


def test_the_context_has_a_term_for_every_field(published: httpx.Client) -> None:
    terms = published.get("/context.jsonld").json()["@context"]

    for field in FIELDS:
        assert terms[field.key]["@id"] == (field.term or f"{OWN}{field.key}")
