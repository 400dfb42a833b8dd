// A partner's program on the types that openapi-typescript makes: searches, walks, reads, errs, writes.
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

async function write(): Promise<Action> {
  const { data } = await client.POST("/actions", {
    params: { header: { "Idempotency-Key": "client-typescript" } },
    headers: { Authorization: `Bearer ${key}` },
    body: {
      titre: "Atelier d'un client TypeScript",
      structure: { nom: "Centre social des Tilleuls", departement: "59" },
      mots_cles: ["Mobilité"],
    },
  });
  return given(data);
}

const walked = await walk();
const problem = await err();
console.log(
  JSON.stringify({
    found: await search(),
    walked,
    read: (await read(walked[0] ?? "")).structure.nom,
    problem: [problem.status, problem.type],
    written: (await write()).id,
  }),
);
