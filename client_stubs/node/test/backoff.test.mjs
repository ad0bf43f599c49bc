import assert from "node:assert/strict";
import { test } from "node:test";

import { Backoff } from "../dist/backoff.js";

test("pauses double up to the longest, and start anew after a success", () => {
  const backoff = new Backoff(100, 5000, () => 0);
  assert.deepEqual(
    Array.from({ length: 8 }, () => backoff.next()),
    [100, 200, 400, 800, 1600, 3200, 5000, 5000],
  );
  backoff.reset();
  assert.equal(backoff.next(), 100);
});

test("chance takes up to a half away", () => {
  assert.equal(new Backoff(100, 5000, () => 1).next(), 50);
  const pause = new Backoff(100, 5000).next();
  assert.ok(pause > 50 && pause <= 100);
});
