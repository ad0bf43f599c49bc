/**
 * The package for `import`: the same module that `require` gives, so that a program with both has one current event
 * and one class of each error.
 *
 * @packageDocumentation
 */

export * from "./index.js";
