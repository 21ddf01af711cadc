import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { answerCache } from "../../widgets/map/kernel/answer-cache.ts";
import { pageOutbox } from "../../widgets/map/kernel/page-outbox.ts";
import { tileScheduler } from "../../widgets/map/kernel/tile-scheduler.ts";
import type { TileWish } from "../../widgets/map/kernel/tile-scheduler.ts";
import type { Tile } from "../../widgets/map/mercator.ts";

/** A scheduler whose runs end when the test says so. */
function scheduler(concurrency: number) {
  const order: string[] = [];
  const aborted: string[] = [];
  const finish = new Map<string, () => void>();
  const made = tileScheduler<string>({
    concurrency,
    run: ({ key }, signal) => {
      order.push(key);
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          aborted.push(key);
          resolve("aborted");
        });
        finish.set(key, () => resolve(`value of ${key}`));
      });
    },
  });
  return { made, order, aborted, finish: (key: string) => finish.get(key)!() };
}

function wish(key: string, tile: Partial<Tile> = {}, generation = 0): TileWish & { answers: unknown[] } {
  const answers: unknown[] = [];
  return {
    key,
    tile: { z: 4, x: 0, y: 0, ...tile },
    generation,
    answers,
    settle: (answer) => void answers.push(answer),
  };
}

/** What is due in the next turns of the event loop has been done. */
const turn = async () => {
  for (let i = 0; i < 4; i++) await new Promise((next) => setImmediate(next));
};

describe("which tile is computed next", () => {
  test("wishes for the same tile share a run", async () => {
    const { made, order, finish } = scheduler(2);
    const [first, second] = [wish("a"), wish("a")];
    made.add(first);
    await turn();
    made.add(second);
    finish("a");
    await turn();
    assert.deepEqual(order, ["a"]);
    assert.deepEqual([first.answers, second.answers], [["value of a"], ["value of a"]]);
    assert.equal(made.counts.shared, 1);
  });

  test("the nearest to where the page looks first, over the antimeridian too", async () => {
    const { made, order, finish } = scheduler(1);
    made.look({ longitude: 179, latitude: 0 });
    for (const [key, x] of [
      ["middle", 8],
      ["west edge", 0],
      ["east edge", 15],
    ] as const)
      made.add(wish(key, { x, y: 8 }));
    await turn();
    finish("east edge");
    await turn();
    finish("west edge");
    await turn();
    assert.deepEqual(order, ["east edge", "west edge", "middle"]);
  });

  test("later parameters before earlier ones, whose wishes end as stale and whose runs stop", async () => {
    const { made, order, aborted } = scheduler(1);
    const old = [wish("old 1"), wish("old 2")];
    old.forEach((each) => made.add(each));
    await turn();
    made.supersede(1);
    made.add(wish("new", {}, 1));
    await turn();
    assert.deepEqual(order, ["old 1", "new"]);
    assert.deepEqual(aborted, ["old 1"]);
    assert.deepEqual(
      old.map(({ answers }) => answers),
      [["stale"], ["stale"]],
    );
  });

  test("what nobody waits for any more is dropped from the queue, or its run is aborted", async () => {
    const { made, order, aborted } = scheduler(1);
    const wishes = ["a", "b", "c"].map((key) => wish(key));
    wishes.forEach((each) => made.add(each));
    await turn();
    made.withdraw(wishes[1]!);
    made.withdraw(wishes[0]!);
    await turn();
    assert.deepEqual(order, ["a", "c"]);
    assert.deepEqual(aborted, ["a"]);
    assert.deepEqual(
      wishes.map(({ answers }) => answers.length),
      [0, 0, 0],
    );
    assert.deepEqual([made.counts.dropped, made.counts.aborted], [1, 1]);
  });

  test("a run goes on while somebody else still waits for it", async () => {
    const { made, aborted, finish } = scheduler(1);
    const [first, second] = [wish("a"), wish("a")];
    made.add(first);
    made.add(second);
    await turn();
    made.withdraw(first);
    finish("a");
    await turn();
    assert.deepEqual(aborted, []);
    assert.deepEqual(second.answers, ["value of a"]);
  });

  test("who asks again for a tile whose run is being aborted gets a run of their own", async () => {
    const { made, order, finish } = scheduler(2);
    const first = wish("a");
    made.add(first);
    await turn();
    made.withdraw(first);
    const again = wish("a");
    made.add(again);
    await turn();
    finish("a");
    await turn();
    assert.deepEqual(order, ["a", "a"]);
    assert.deepEqual(again.answers, ["value of a"]);
  });
});

describe("what is kept of answers", () => {
  test("what was used longest ago goes first, within the budget", () => {
    const cache = answerCache<string>(100);
    cache.set("a", "A", 40);
    cache.set("b", "B", 40);
    cache.get("a");
    cache.set("c", "C", 40);
    assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], ["A", undefined, "C"]);
    assert.equal(cache.bytes(), 80);
  });

  test("errors are kept for a while only", async () => {
    const cache = answerCache<string>(100);
    cache.set("a", "A", 1, 0.01);
    assert.equal(cache.get("a"), "A");
    await wait(20);
    assert.equal(cache.get("a"), undefined);
    assert.equal(cache.bytes(), 0);
  });
});

describe("answers on their way to a page", () => {
  const answer = (req: number) => ({ req, status: "ok" as const, buffers: 1, ms: { queue: 0, run: 0, encode: 0 } });

  test("are gathered, and wait while the page has not taken 16 tiles or 4 MB", async () => {
    const sent: number[] = [];
    const caps = { webgl2: true, renderer: "", maxTexture: 0, dpr: 1 };
    const outbox = pageOutbox({
      caps,
      send: (_kind, fields) => void sent.push((fields!["tiles"] as unknown[]).length),
    });
    for (let i = 0; i < 40; i++) outbox.add(answer(i), [new Uint8Array(1000)]);
    await turn();
    assert.deepEqual(sent, [16]);
    outbox.credit(16, 16_000);
    assert.deepEqual(sent, [16, 16]);
    outbox.credit(16, 16_000);
    assert.deepEqual(sent, [16, 16, 8]);
  });

  test("a tile larger than all credit still goes, alone", async () => {
    const sent: number[] = [];
    const caps = { webgl2: true, renderer: "", maxTexture: 0, dpr: 1 };
    const outbox = pageOutbox({
      caps,
      send: (_kind, fields) => void sent.push((fields!["tiles"] as unknown[]).length),
    });
    outbox.add(answer(1), [new Uint8Array(9 << 20)]);
    outbox.add(answer(2), [new Uint8Array(10)]);
    await turn();
    assert.deepEqual(sent, [1]);
    outbox.credit(1, 9 << 20);
    assert.deepEqual(sent, [1, 1]);
  });
});
