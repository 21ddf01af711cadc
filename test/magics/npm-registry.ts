import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHash } from "node:crypto";

/** A package for the registry: its `package.json`, and its files. */
export interface Packed {
  name: string;
  version: string;
  files: Record<string, string>;
}

/**
 * An npm registry on loopback with a few packages, as npm asks for them: a document with all versions of a package, and
 * a tarball for each.
 */
export async function openRegistry(packages: Packed[]) {
  const folder = mkdtempSync(join(tmpdir(), "fused-registry-"));
  const tarballs = new Map<string, Buffer>();
  const asked: string[] = [];
  for (const { name, version, files } of packages) {
    const source = join(folder, `${name}-${version}`);
    mkdirSync(source);
    for (const [path, text] of Object.entries({ "package.json": JSON.stringify({ name, version }), ...files })) {
      writeFileSync(join(source, path), text);
    }
    execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: source });
    tarballs.set(`${name}-${version}.tgz`, readFileSync(join(folder, `${name}-${version}.tgz`)));
  }
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const tarball = tarballs.get(path.split("/").at(-1)!);
    if (tarball) return response.end(tarball);
    const versions = packages.filter(({ name }) => path === `/${name}`);
    if (versions.length === 0) return response.writeHead(404, { "content-type": "application/json" }).end("{}");
    const name = versions[0]!.name;
    const document = {
      name,
      "dist-tags": { latest: versions.at(-1)!.version },
      versions: Object.fromEntries(
        versions.map(({ version, files }) => {
          const file = `${name}-${version}.tgz`;
          const integrity = `sha512-${createHash("sha512").update(tarballs.get(file)!).digest("base64")}`;
          const dist = { tarball: `${url()}/${name}/-/${file}`, integrity };
          return [version, { ...JSON.parse(files["package.json"] ?? "{}"), name, version, dist }];
        }),
      ),
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(document));
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: url(), asked, close };
}
