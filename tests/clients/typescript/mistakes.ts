// What the compiler has to refuse; the code of its error stands behind each. Never run.
import type { components, paths } from "./api.ts";

type Profile = components["schemas"]["Profile"];
type Sent = paths["/v1/evaluations"]["post"]["requestBody"]["content"]["application/json"];

// @ts-expect-error TS2322: text for a number
export const aText: Profile = { age: "58" };
// @ts-expect-error TS2820: not one of the tumour types
export const notOneOfThem: Profile = { diagnosis: { tumour_type: "brest" } };
// @ts-expect-error TS2561: no such field
export const aMisspelling: Profile = { lesion: [] };
// @ts-expect-error TS2322: text for the value of a result
export const aResult: Profile = { labs: { creatinine: { value: "80", unit: "umol/L" } } };
// @ts-expect-error TS2741: no patient
export const nobody: Sent = { as_of: "2025-01-31" };

export function read(evaluation: components["schemas"]["Evaluation"]): void {
  // @ts-expect-error TS2367: no such verdict
  void (evaluation.verdicts["BCBM-62"] === "fired");
  // @ts-expect-error TS2551: no such field of the answer
  void evaluation.advices;
}
