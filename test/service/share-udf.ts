import type { TestService } from "./open-service.ts";

/**
 * Saves a UDF and makes a token of it.
 * @param udf what `POST /udf/new` takes: name, code, …
 * @param token what the token is to allow
 */
export async function shareUdf(
  service: Pick<TestService, "ask">,
  udf: { name: string; code: string; metadata?: object },
  token: object = {},
): Promise<{ id: string; token: string }> {
  const { id } = await service.ask<{ id: string }>("POST", "/udf/new", { body: udf });
  const made = await service.ask<{ token: string }>("POST", `/udf/${id}/tokens`, { body: token });
  return { id, token: made.token };
}
