// What is worked out of snapshots: without a browser.
import assert from "node:assert/strict";
import test from "node:test";

import * as format from "../../daemon/admin/page/format.js";
import { follow, growth, percentile, Row, Snapshots } from "../../daemon/admin/page/rates.js";

const snapshot = (time, instance = "a") => ({ time, daemon: { instance } });

test("a total that grew gives a rate, one that shrank none below zero", () => {
  assert.equal(growth(10, 30, 2), 10);
  assert.equal(growth(30, 10, 2), 0);
  assert.equal(growth(undefined, 10, 2), null);
  assert.equal(growth(10, 30, 0), null);
});

test("snapshots follow each other within one life of the daemon and without a pause", () => {
  assert.ok(follow(snapshot(1000), snapshot(2000)));
  assert.ok(!follow(snapshot(1000), snapshot(2000, "b")));
  assert.ok(!follow(snapshot(1000), snapshot(60_000)));
  assert.ok(!follow(snapshot(2000), snapshot(2000)));
  assert.ok(!follow(undefined, snapshot(2000)));
});

test("a percentile lies within its bucket, and nothing has none", () => {
  const bounds = [0.001, 0.01, 0.1];
  assert.equal(percentile(bounds, [5, 5, 5, 5], [5, 5, 5, 5], 0.99), null);
  const some = percentile(bounds, [0, 0, 0, 0], [0, 100, 0, 0], 0.5);
  assert.ok(some > 0.001 && some < 0.01, String(some));
  assert.equal(percentile(bounds, [0, 0, 0, 0], [100, 0, 0, 0], 1), 0.001);
  assert.equal(percentile(bounds, null, [0, 0, 0, 3], 0.5), 0.1, "above the last bound");
  assert.equal(percentile(bounds, [0, 0, 0, 0], [99, 0, 1, 0], 0.99), 0.001);
  assert.ok(percentile(bounds, [0, 0, 0, 0], [98, 0, 2, 0], 0.99) > 0.01);
});

test("a row keeps its last values and knows the highest", () => {
  const row = new Row(3);
  assert.equal(row.last, null);
  assert.equal(row.highest, null);
  for (const value of [9, 1, null, 2]) row.add(value);
  assert.deepEqual(row.values, [1, null, 2]);
  assert.equal(row.highest, 2);
});

test("snapshots of another life are forgotten", () => {
  const snapshots = new Snapshots(3);
  for (const time of [1000, 2000, 3000, 4000]) snapshots.add(snapshot(time));
  assert.equal(snapshots.oldest.time, 2000);
  assert.equal(snapshots.previous.time, 3000);
  snapshots.add(snapshot(5000, "b"));
  assert.equal(snapshots.oldest.time, 5000);
  assert.equal(snapshots.previous, undefined);
});

test("numbers are said in a few digits", () => {
  assert.equal(format.perSecond(0), "0/s");
  assert.equal(format.perSecond(12_345), "12k/s");
  assert.equal(format.perSecond(0.5), "0.5/s");
  assert.equal(format.perSecond(null), "–");
  assert.equal(format.bytes(999.9), "1 kB");
  assert.equal(format.bytes(1_250_000), "1.3 MB");
  assert.equal(format.seconds(0.00032), "320 µs");
  assert.equal(format.seconds(1.25), "1.3 s");
  assert.equal(format.duration(3 * 86_400 + 7200), "3 d 2 h");
  assert.equal(format.count(1_234_567), "1,234,567");
  assert.equal(format.plural(1, "query", "queries"), "1 query");
  assert.equal(format.plural(2, "Gateway"), "2 Gateways");
});
