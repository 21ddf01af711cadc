import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { TokenRecord } from "../../service/tokens/token-store.ts";
import type { UdfRecord } from "../../service/udfs/udf-record.ts";
import { checkStatuses, type Statuses } from "./check-statuses.ts";
import { closeShared, databases, openTestService, type TestService } from "./open-service.ts";

/**
 * Who may do what with what is somebody else's (check 3): every operation as its owner, a member of the owner's team, somebody of
 * another team, and nobody. Add a row: an operation on one of `objects`, and the statuses in that order.
 */
after(closeShared);

interface Objects {
  /** Ada's UDFs by who may see them. */
  privateUdf: UdfRecord;
  teamUdf: UdfRecord;
  publicUdf: UdfRecord;
  /** Ada's tokens of `teamUdf`. */
  openToken: TokenRecord;
  teamToken: TokenRecord;
  ownToken: TokenRecord;
  disabledToken: TokenRecord;
  readableToken: TokenRecord;
}

type Operation = [
  title: string,
  method: string,
  path: (objects: Objects) => string,
  statuses: Statuses,
  body?: unknown,
];

const code = "export default function udf(a: int = 1) {\n  return a;\n}\n";
const tile = "run/tiles/1/0/0.json";
const realtime = "/realtime/basic-tier/api/v1/run/udf";
const shared = (pick: (objects: Objects) => TokenRecord, rest: string) => (objects: Objects) =>
  `/realtime-shared/${pick(objects).token}/${rest}`;

const operations: Operation[] = [
  ["who am I", "GET", () => "/user/self", [200, 200, 200, 401]],
  ["the environment's token", "GET", () => "/user/self/environment-token", [200, 200, 200, 401]],
  ["withdraw the environment's token", "DELETE", () => "/user/self/environment-token", [200, 200, 200, 401]],
  ["withdraw that of somebody", "DELETE", () => "/user/ada@example.com/environment-token", [200, 403, 403, 401]],
  ["save a new UDF", "POST", () => "/udf/new", [400, 400, 400, 401], {}],
  ...(["self", "team", "public", "community"] as const).map((whose): Operation => [
    `list ${whose}`,
    "GET",
    () => `/udf/${whose}`,
    [200, 200, 200, 401],
  ]),

  ["read a private UDF", "GET", (o) => `/udf/by-id/${o.privateUdf.id}`, [200, 404, 404, 401]],
  ["read a team's UDF", "GET", (o) => `/udf/by-id/${o.teamUdf.id}`, [200, 200, 404, 401]],
  ["read a public UDF", "GET", (o) => `/udf/by-id/${o.publicUdf.id}`, [200, 200, 200, 401]],
  ["read an old version", "GET", (o) => `/udf/by-id/${o.teamUdf.id}?version=1`, [200, 200, 404, 401]],
  ["read by name, private", "GET", (o) => `/udf/by-name/ada@example.com/${o.privateUdf.name}`, [200, 404, 403, 401]],
  ["read by name, team's", "GET", (o) => `/udf/by-name/ada@example.com/${o.teamUdf.name}`, [200, 200, 403, 401]],
  ["read by name, public", "GET", (o) => `/udf/by-name/ada@example.com/${o.publicUdf.name}`, [200, 200, 200, 401]],
  ["versions, private", "GET", (o) => `/udf/${o.privateUdf.id}/versions`, [200, 404, 404, 401]],
  ["versions, team's", "GET", (o) => `/udf/${o.teamUdf.id}/versions`, [200, 200, 404, 401]],
  ["save over a private UDF", "PUT", (o) => `/udf/by-id/${o.privateUdf.id}`, [200, 404, 404, 401], { code }],
  ["save over a team's UDF", "PUT", (o) => `/udf/by-id/${o.teamUdf.id}`, [200, 403, 404, 401], { code }],
  ["save over a public UDF", "PUT", (o) => `/udf/by-id/${o.publicUdf.id}`, [200, 403, 403, 401], { code }],

  ["share a private UDF", "POST", (o) => `/udf/${o.privateUdf.id}/tokens`, [201, 404, 404, 401], {}],
  ["share a team's UDF", "POST", (o) => `/udf/${o.teamUdf.id}/tokens`, [201, 403, 404, 401], {}],
  ["share a public UDF", "POST", (o) => `/udf/${o.publicUdf.id}/tokens`, [201, 403, 403, 401], {}],
  ["list one's tokens", "GET", () => "/token/self", [200, 200, 200, 401]],
  ["a team's UDF's tokens", "GET", (o) => `/udf/${o.teamUdf.id}/tokens`, [200, 200, 404, 401]],
  ["read a token", "GET", (o) => `/token/${o.openToken.token}`, [200, 404, 404, 401]],
  ["change a token", "PATCH", (o) => `/token/${o.openToken.token}`, [200, 404, 404, 401], {}],
  ["a session of an open token", "POST", (o) => `/token/${o.openToken.token}/session`, [200, 200, 200, 401], {}],
  ["a session of a team's token", "POST", (o) => `/token/${o.teamToken.token}/session`, [200, 200, 404, 401], {}],
  ["a session of an own token", "POST", (o) => `/token/${o.ownToken.token}/session`, [200, 404, 404, 401], {}],

  ["run by open token", "GET", shared((o) => o.openToken, "run/file"), [200, 200, 200, 200]],
  ["tile by open token", "GET", shared((o) => o.openToken, tile), [422, 422, 422, 422]],
  ["tile by open token, POST", "POST", shared((o) => o.openToken, tile), [422, 422, 422, 422], {}],
  ["TileJSON by open token", "GET", shared((o) => o.openToken, "tilejson.json"), [422, 422, 422, 422]],
  ["OpenAPI by open token", "GET", shared((o) => o.openToken, "openapi.json"), [200, 200, 200, 200]],
  ["run by team's token", "GET", shared((o) => o.teamToken, "run/file"), [200, 200, 403, 401]],
  ["tile by team's token", "GET", shared((o) => o.teamToken, tile), [422, 422, 403, 401]],
  ["tile by team's token, POST", "POST", shared((o) => o.teamToken, tile), [422, 422, 403, 401], {}],
  ["TileJSON by team's token", "GET", shared((o) => o.teamToken, "tilejson.json"), [422, 422, 403, 401]],
  ["a team's token alone", "GET", (o) => `/realtime-shared/${o.teamToken.token}`, [404, 404, 403, 401]],
  ["OpenAPI by team's token", "GET", shared((o) => o.teamToken, "openapi.json"), [200, 200, 403, 401]],
  ["run by own token", "GET", shared((o) => o.ownToken, "run/file"), [200, 403, 403, 401]],
  ["run by disabled token", "GET", shared((o) => o.disabledToken, "run/file"), [403, 403, 403, 403]],
  ["run by no token", "GET", () => `/realtime-shared/fsh_${"x".repeat(32)}/run/file`, [404, 404, 404, 404]],
  ["read by open token", "GET", (o) => `/udf/shared/by-token/${o.openToken.token}`, [200, 200, 403, 401]],
  ["read by readable token", "GET", (o) => `/udf/shared/by-token/${o.readableToken.token}`, [200, 200, 200, 200]],

  ...(["GET", "POST"] as const).flatMap((method): Operation[] => {
    const saved = (pick: (objects: Objects) => UdfRecord) => (o: Objects) =>
      `${realtime}/saved/ada@example.com/${pick(o).id}`;
    const body = method === "POST" ? {} : undefined;
    return [
      [`${method} run a private UDF`, method, saved((o) => o.privateUdf), [200, 404, 403, 401], body],
      [`${method} run a team's UDF`, method, saved((o) => o.teamUdf), [200, 200, 403, 401], body],
      [`${method} run a public UDF`, method, saved((o) => o.publicUdf), [200, 200, 200, 401], body],
      [
        `${method} tile of a private UDF`,
        method,
        (o) => `${realtime}/saved/tiles/ada@example.com/${o.privateUdf.id}/1/0/0`,
        [422, 404, 403, 401],
        body,
      ],
    ];
  }),
  ["run code", "POST", () => realtime, [200, 200, 200, 401], { code, name: "u" }],
  ["run code for a tile", "POST", () => `${realtime}/tiles/1/0/0`, [422, 422, 422, 401], { code, name: "u" }],

  // Last: what they are about is gone after the owner was there.
  ["delete a token", "DELETE", (o) => `/token/${o.readableToken.token}`, [200, 404, 404, 401]],
  ["delete a private UDF", "DELETE", (o) => `/udf/by-id/${o.privateUdf.id}`, [200, 404, 404, 401]],
  ["delete a team's UDF", "DELETE", (o) => `/udf/by-id/${o.teamUdf.id}`, [200, 403, 404, 401]],
  ["delete a public UDF", "DELETE", (o) => `/udf/by-id/${o.publicUdf.id}`, [200, 403, 403, 401]],
];

for (const { database, skip } of databases) {
  describe(`who may do what, over ${database}`, { skip }, () => {
    let service: TestService;
    let objects: Objects;
    before(async () => {
      service = await openTestService({ database, team: true });
      objects = await makeObjects(service);
    });
    after(() => service.close());

    for (const [title, method, path, statuses, body] of operations) {
      test(`F162 ${title}: ${statuses.join(", ")}`, async () => {
        // The owner last: what they delete the others must not have found gone.
        for (const { status, text } of await checkStatuses(service, statuses, method, path(objects), { body })) {
          // Whoever is refused learns nothing of the code.
          if (status >= 400) assert.doesNotMatch(text, /export default/);
        }
      });
    }
  });
}

async function makeObjects(service: TestService): Promise<Objects> {
  const save = (visibility: string) =>
    service.ask<UdfRecord>("POST", "/udf/new", { as: "ada", body: { name: `ada_${visibility}`, code, visibility } });
  const [privateUdf, teamUdf, publicUdf] = [await save("private"), await save("team"), await save("public")];
  const share = (body: object) => service.ask<TokenRecord>("POST", `/udf/${teamUdf.id}/tokens`, { as: "ada", body });
  return {
    privateUdf,
    teamUdf,
    publicUdf,
    openToken: await share({}),
    teamToken: await share({ access_scope: "team" }),
    ownToken: await share({ access_scope: "private" }),
    disabledToken: await share({ enabled: false }),
    readableToken: await share({ public_read: true }),
  };
}
