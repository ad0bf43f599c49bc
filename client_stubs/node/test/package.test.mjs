// The package as `import` and as `require` give it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

import * as imported from "gatewayworker";

const required = createRequire(import.meta.url)("gatewayworker");

test("import and require give the same things", () => {
  const names = Object.keys(required).sort();
  assert.ok(names.includes("Worker") && names.includes("Client") && names.includes("commands"));
  const found = Object.keys(imported).filter((name) => !["__esModule", "default", "module.exports"].includes(name));
  assert.deepEqual(found.sort(), names);
  for (const name of names) assert.equal(imported[name], required[name], name);
});

test("what is in the package is there, with types for both", () => {
  const { exports, version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  assert.match(version, /^\d+\.\d+\.\d+$/);
  for (const way of ["import", "require"]) {
    for (const path of Object.values(exports["."][way])) {
      assert.ok(readFileSync(new URL(`../${path}`, import.meta.url)).length > 0, path);
    }
  }
});

test("what is internal is not in the types", () => {
  const types = readFileSync(new URL("../dist/event.d.ts", import.meta.url), "utf8");
  assert.doesNotMatch(types, /^\s+(readonly )?(proto|attachment|state)\b/m);
});
