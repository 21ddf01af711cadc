import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, simulateTiles } from "../../bench/service/tile-queue.ts";

const none = { http: 0, compute: 0, wait: 0, hits: 0, hitHttp: 0 };
const near = (value: number, expected: number, part = 0.05) =>
  assert.ok(Math.abs(value - expected) <= expected * part, `${value} is not near ${expected}`);
/** All requests are hits: one time of 10 ms in the mean on one place; 60 a second leave it 60 % busy. */
const oneServer = (draw?: () => number) =>
  simulateTiles(
    { replicas: 1, cores: 1, slots: 1 },
    { ...none, hits: 1, hitHttp: 10 },
    { rate: 60, batch: 1 },
    400_000,
    seededRandom(7),
    draw,
  );

test("one server, exponential times: the mean is that of M/M/1, 1 / (service rate - arrival rate)", () => {
  const figures = oneServer();
  near(figures.busy.http, 0.6);
  near(figures.mean, 1000 / (100 - 60));
  // The time in the system is exponential as well: its median is ln 2 of the mean.
  near(figures.p50, Math.LN2 * 25);
});

test("constant times: the wait is half of that with exponential ones (Pollaczek-Khinchine)", () => {
  const figures = oneServer(() => 1);
  near(figures.mean - 10, 7.5);
});

test("runs that wait keep slots, not cores: so many a second as slots by their time", () => {
  const full = simulateTiles(
    { replicas: 1, cores: 2, slots: 8 },
    { ...none, compute: 1, wait: 99 },
    { rate: 1000, batch: 10 },
    20_000,
    seededRandom(7),
    () => 1,
  );
  assert.ok(full.isOverloaded);
  near(full.busy.slots, 1);
  assert.ok(full.busy.cores < 0.1);
});

test("a second replica takes half of the load", () => {
  const work = { ...none, http: 1, compute: 20, hits: 0 };
  const one = simulateTiles({ replicas: 1, cores: 2, slots: 8 }, work, { rate: 90, batch: 1 }, 50_000);
  const two = simulateTiles({ replicas: 2, cores: 2, slots: 8 }, work, { rate: 90, batch: 1 }, 50_000);
  near(two.busy.cores, one.busy.cores / 2);
  assert.ok(two.p99 < one.p99 / 1.5);
});
