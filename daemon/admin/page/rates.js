// What is worked out of snapshots that follow each other: rates and percentiles. No DOM, no clock.

const GAP_SECONDS = 4; // snapshots further apart than this belong to different times

export function secondsBetween(before, after) {
  return before && after ? (after.time - before.time) / 1000 : 0;
}

// Whether rates between the two mean something: the same life of the daemon, and no long pause.
export function follow(before, after) {
  const seconds = secondsBetween(before, after);
  return seconds > 0 && seconds <= GAP_SECONDS && before.daemon.instance === after.daemon.instance;
}

// How much a total grew for each second; null where that cannot be said. A total may shrink where a Gateway left.
export function growth(before, after, seconds) {
  if (before === undefined || after === undefined || !(seconds > 0)) return null;
  return Math.max(0, after - before) / seconds;
}

// The value that `part` (0.99) of what was counted between two readings of a histogram stays below, in the unit of
// `bounds`; null where nothing was counted. Between two bounds it is taken to lie evenly on a scale of logarithms.
export function percentile(bounds, before, after, part) {
  const counts = after.map((count, i) => Math.max(0, count - (before ? before[i] : 0)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = part * total;
  for (let i = 0; i < counts.length; i += 1) {
    if (left > counts[i]) {
      left -= counts[i];
      continue;
    }
    if (i >= bounds.length) return bounds[bounds.length - 1];
    const high = bounds[i];
    const low = i > 0 ? bounds[i - 1] : high / 3;
    return low * (high / low) ** (counts[i] > 0 ? left / counts[i] : 1);
  }
  return bounds[bounds.length - 1];
}

// The last values of one plot; null where there was none.
export class Row {
  constructor(length) {
    this.length = length;
    this.values = [];
  }
  add(value) {
    this.values.push(value);
    if (this.values.length > this.length) this.values.shift();
  }
  clear() {
    this.values = [];
  }
  get last() {
    return this.values.length ? this.values[this.values.length - 1] : null;
  }
  get highest() {
    return this.values.reduce((high, value) => (value === null ? high : Math.max(high ?? 0, value)), null);
  }
}

// The snapshots of the last moments, for what needs more than two.
export class Snapshots {
  constructor(length) {
    this.length = length;
    this.all = [];
  }
  add(snapshot) {
    if (!follow(this.last, snapshot)) this.all = [];
    this.all.push(snapshot);
    if (this.all.length > this.length) this.all.shift();
  }
  get last() {
    return this.all[this.all.length - 1];
  }
  get previous() {
    return this.all[this.all.length - 2];
  }
  get oldest() {
    return this.all[0];
  }
}
