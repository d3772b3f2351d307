// A client of the HTTP interface in TypeScript. `api.ts` is what openapi-typescript makes of /openapi.json.
// node client.ts ADDRESS KEY < calls.json: sends {evaluation, bundle, hook} and prints what was answered, as JSON.
import { text } from "node:stream/consumers";

import createClient from "openapi-fetch";

import type { components, paths } from "./api.ts";

type Evaluation = components["schemas"]["Evaluation"];
type Body<Path extends keyof paths> = paths[Path] extends {
  post: { requestBody: { content: { "application/json": infer Sent } } };
}
  ? Sent
  : never;

interface Calls {
  evaluation: Body<"/v1/evaluations">;
  bundle: Body<"/v1/fhir/evaluations">;
  hook: Body<"/cds-services/{service}">;
}

const [address, key] = process.argv.slice(2);
if (address === undefined || key === undefined) throw new Error("expected: node client.ts ADDRESS KEY < calls.json");
const given = JSON.parse(await text(process.stdin)) as Calls;
const client = createClient<paths>({ baseUrl: address, headers: { "X-API-Key": key } });

// The patient of README, written out, so that the compiler sees every field of it.
const patient: components["schemas"]["Profile"] = {
  age: 58,
  sex: "female",
  diagnosis: { tumour_type: "breast", extent: "metastatic" },
  lesions: [{ id: "T8", organ: "bone", site: "thoracic_spine", status: "imaging_positive", imaging: ["mri"] }],
  medications: [
    { drug: "zoledronate", status: "active" },
    { drug: "denosumab", status: "planned" },
  ],
  labs: { creatinine: { value: 80, unit: "umol/L", date: "2025-01-02" } },
  symptoms: { cord_signs: true },
};
const written = await client.POST("/v1/evaluations", {
  body: { patient, policy: { elderly_age: 65 }, as_of: "2025-01-31" },
});
const refused = await client.POST("/v1/evaluations", { body: { patient, policy: { elderly: 65 } } });
const sent = await client.POST("/v1/evaluations", { body: given.evaluation });
const mapped = await client.POST("/v1/fhir/evaluations", { body: given.bundle });
const small = await client.POST("/v1/fhir/evaluations", {
  body: { resourceType: "Bundle", type: "collection", entry: [{ resource: { resourceType: "Patient", id: "p" } }] },
});
const hook = await client.POST("/cds-services/{service}", {
  params: { path: { service: "oncocds-orders" } },
  body: given.hook,
});
const rule = await client.GET("/v1/rules/{identity}", { params: { path: { identity: "BCBM-62" } } });
const stranger = await client.POST("/v1/evaluations", {
  body: given.evaluation,
  headers: { "X-API-Key": "not-the-key-of-anyone" },
});

function rules(evaluation: Evaluation | undefined): string[] {
  return (evaluation?.advice ?? []).flatMap((item) => item.grounds.map((ground) => ground.rule));
}

console.log(
  JSON.stringify({
    written: rules(written.data),
    refused: refused.error?.errors?.map((one) => one.pointer),
    sent: sent.data,
    mapped: mapped.data?.report.resources,
    small: small.data?.report.resources,
    hook: hook.data?.cards[0]?.indicator,
    rule: rule.data?.passages[0]?.quote,
    stranger: stranger.error?.status,
  }),
);
