import assert from "node:assert/strict";
import type { Person, SendOptions, TestService } from "./open-service.ts";

/** The owner of all objects, a member of her team, somebody of another team, and nobody. */
const callers = ["ada", "tim", "olga", null] as const satisfies (Person | null)[];

/** Statuses for the four of them, in that order. */
export type Statuses = [owner: number, member: number, outsider: number, nobody: number];

/** Asks as each of them, those with the least rights first, and compares the statuses. @returns what each was told */
export async function checkStatuses(
  service: TestService,
  statuses: Statuses,
  method: string,
  path: string,
  options: SendOptions = {},
): Promise<{ as: Person | null; status: number; text: string }[]> {
  const told = [];
  for (const i of [3, 2, 1, 0] as const) {
    const as = callers[i];
    const answer = await service.send(method, path, { ...options, as });
    const text = await answer.text();
    assert.equal(answer.status, statuses[i], `${as ?? "nobody"}: ${text.slice(0, 300)}`);
    told.push({ as, status: answer.status, text });
  }
  return told;
}
