// A partner's program on the types that openapi-typescript makes: searches, walks, reads, errs, writes,
// changes what it wrote, deletes it, and follows what changed.
// `node partner.js BASE KEY` prints what it was answered, as one JSON object.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Action = components["schemas"]["Action"];
type Problem = components["schemas"]["Problem"];

declare const process: { argv: string[] };
const [base = "", key = ""] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: base });

function given<T>(data: T | undefined): T {
  if (data === undefined) throw new Error("an answer was expected");
  return data;
}

async function search(): Promise<number> {
  const { data } = await client.GET("/actions", { params: { query: { q: "jardin", departement: ["Nord"], per_page: 5 } } });
  return given(data).total;
}

async function walk(): Promise<string[]> {
  const walked: string[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await client.GET("/actions", { params: { query: { per_page: 7, ...(cursor ? { cursor } : {}) } } });
    const page = given(data);
    walked.push(...page.items.map((item) => item.id ?? ""));
    cursor = page.next_cursor ?? undefined;
  } while (cursor);
  return walked;
}

async function read(id: string): Promise<Action> {
  const { data } = await client.GET("/actions/{id}", { params: { path: { id } } });
  return given(data);
}

async function err(): Promise<Problem> {
  const { error } = await client.GET("/actions/{id}", { params: { path: { id: "il-n-y-en-a-pas" } } });
  return given(error);
}

const headers = { Authorization: `Bearer ${key}` };

async function write(): Promise<Action> {
  const { data } = await client.POST("/actions", {
    params: { header: { "Idempotency-Key": "client-typescript" } },
    headers,
    body: {
      titre: "Atelier d'un client TypeScript",
      structure: { nom: "Centre social des Tilleuls", departement: "59" },
      mots_cles: ["Mobilité"],
    },
  });
  return given(data);
}

async function tagOf(id: string): Promise<string> {
  const { response } = await client.GET("/actions/{id}", { params: { path: { id } } });
  return response.headers.get("ETag") ?? "";
}

async function change(id: string): Promise<[string | null, number]> {
  const params = { path: { id }, header: { "If-Match": await tagOf(id) } };
  const changed = await client.PATCH("/actions/{id}", { params, headers, body: { statut: "En cours" } });
  const late = await client.PATCH("/actions/{id}", { params, headers, body: { statut: "En cours" } });
  return [given(changed.data).statut, given(late.error).status];
}

async function remove(id: string): Promise<number[]> {
  const params = { path: { id }, header: { "If-Match": await tagOf(id) } };
  const deleted = await client.DELETE("/actions/{id}", { params, headers });
  const gone = await client.GET("/actions/{id}", { params: { path: { id } } });
  return [deleted.response.status, gone.response.status];
}

async function follow(): Promise<string[]> {
  const followed: string[] = [];
  let since: string | undefined;
  for (let more = true; more; ) {
    const { data } = await client.GET("/changes", { params: { query: { limit: 10, ...(since ? { since } : {}) } } });
    const page = given(data);
    followed.push(...page.items.map((change) => change.id));
    [more, since] = [page.more, page.cursor];
  }
  return followed;
}

const walked = await walk();
const problem = await err();
const written = await write();
console.log(
  JSON.stringify({
    found: await search(),
    walked,
    read: (await read(walked[0] ?? "")).structure.nom,
    problem: [problem.status, problem.type],
    written: [written.id, written.titre],
    changed: await change(written.id),
    deleted: await remove(written.id),
    followed: await follow(),
  }),
);
