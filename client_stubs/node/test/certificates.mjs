// Certificates for a test, made by openssl.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** {file name: PEM} of an authority, a server "gatewayd.test" and a client. */
export function makeCertificates() {
  const cwd = mkdtempSync(join(tmpdir(), "gatewayworker-"));
  const openssl = (...args) => execFileSync("openssl", args, { cwd, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    openssl(
      "req",
      "-x509",
      ...key,
      "-keyout",
      "ca.key",
      "-out",
      "ca.crt",
      "-subj",
      "/CN=test authority",
      "-days",
      "2",
    );
    for (const name of ["server", "client"]) {
      writeFileSync(join(cwd, `${name}.ext`), "subjectAltName=DNS:gatewayd.test\n");
      openssl("req", ...key, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
      openssl(
        "x509",
        "-req",
        "-in",
        `${name}.csr`,
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        `${name}.crt`,
        "-days",
        "2",
        "-extfile",
        `${name}.ext`,
      );
    }
    return Object.fromEntries(readdirSync(cwd).map((name) => [name, readFileSync(join(cwd, name))]));
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
