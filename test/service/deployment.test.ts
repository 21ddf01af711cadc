import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { serviceHelp } from "../../cli/service-command.ts";
import { workerHelp } from "../../cli/worker-command.ts";
import { resultsOf, startJob, waitForJob, type JobService } from "./job-client.ts";
import { nginxMissing, openNginx } from "./nginx.ts";
import { closeShared, sharedPostgres } from "./open-service.ts";
import { postgresMissing } from "./postgres-server.ts";
import { shareUdf } from "./share-udf.ts";

after(closeShared);

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

interface ComposeService {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: string[] | Record<string, unknown>;
}

const compose = parse(read("deploy/compose.yaml"), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};

interface Resource {
  kind: string;
  metadata: { name: string; namespace: string };
  spec: Record<string, never> & { template?: { metadata: { labels: object }; spec: PodSpec }; selector: never };
}

interface PodSpec {
  containers: {
    args: string[];
    env: { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } }[];
    ports?: { name: string; containerPort: number }[];
    volumeMounts: { name: string }[];
    readinessProbe?: { httpGet: { path: string; port: string } };
    livenessProbe?: { httpGet: { path: string; port: string } };
  }[];
  volumes: { name: string; persistentVolumeClaim?: { claimName: string } }[];
}

const resources = parseAllDocuments(read("deploy/kubernetes.yaml")).map((each) => {
  assert.deepEqual(each.errors, []);
  return each.toJS() as Resource;
});

const helps: Record<string, string> = { service: serviceHelp, worker: workerHelp };
/** Variables that the commands read. */
const variables = ["FUSED_DATABASE_URL", "FUSED_SERVICE_KEY"];

/** Every option stands in the command's help, and the command is one of ours. */
function checkCommand([name, ...options]: string[]): void {
  const help = helps[name!];
  assert.ok(help, `fused-kernel ${name}`);
  for (const option of options.filter((word) => word.startsWith("--"))) {
    assert.match(help, new RegExp(`${option.split("=")[0]!}\\b`), `fused-kernel ${name} has no option ${option}`);
  }
}

describe("deploy/", () => {
  test("the Dockerfile copies what is there and starts the service with options it has", () => {
    const text = read("deploy/Dockerfile");
    for (const [, words] of text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
      for (const path of words!.split(" ")) assert.ok(existsSync(join(root, path)), path);
    }
    for (const [, path] of text.matchAll(/^COPY --from=build \/app\/(\S+)/gm)) {
      assert.ok(existsSync(join(root, path!)), path);
    }
    const [, command] = /^CMD (\[.*\])$/m.exec(text)!;
    checkCommand(JSON.parse(command!) as string[]);
    const [, entry] = /^ENTRYPOINT (\[.*\])$/m.exec(text)!;
    const { bin } = JSON.parse(read("package.json")) as { bin: Record<string, string> };
    assert.equal((JSON.parse(entry!) as string[])[1], bin["fused-kernel"]);
    assert.doesNotMatch(text, /^USER root/m);
  });

  test("the compose file: commands, variables, volumes and names agree with one another and the command line", () => {
    const { services, volumes } = compose;
    assert.deepEqual(Object.keys(services).sort(), ["nginx", "postgres", "service-1", "service-2", "worker"]);
    for (const [name, { image, command, environment = {}, volumes: mounts = [], depends_on = [] }] of Object.entries(
      services,
    )) {
      if (image === "fused-kernel") {
        checkCommand(command!);
        assert.deepEqual(Object.keys(environment).sort(), variables, name);
      }
      for (const needed of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on))
        assert.ok(services[needed], needed);
      for (const mount of mounts) {
        const [source] = mount.split(":");
        if (source!.startsWith("./")) assert.ok(existsSync(join(root, "deploy", source!)), source);
        else assert.ok(source! in volumes, source);
      }
    }
    const asked = new Set([...read("deploy/compose.yaml").matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const offered = [...read("deploy/.env.example").matchAll(/^(\w+)=(.*)$/gm)];
    assert.deepEqual(offered.map(([, name]) => name).sort(), [...asked].sort());
    assert.ok(
      offered.every(([, , value]) => value === ""),
      "no secret in the example",
    );
  });

  test("nginx passes on to the compose file's replicas, at their port, and waits longer than the longest run", () => {
    const text = read("deploy/nginx.conf");
    const servers = [...text.matchAll(/server (\S+):(\d+) /g)].map(([, name, port]) => [name, port]);
    const replicas = Object.entries(compose.services).filter(([, { command }]) => command?.[0] === "service");
    assert.deepEqual(
      servers,
      replicas.map(([name, { command }]) => [name, command!.find((word) => word.startsWith("--port="))!.slice(7)]),
    );
    const [, listens] = /listen (\d+)/.exec(text)!;
    assert.equal(compose.services["nginx"]!.ports![0]!.split(":").at(-1), listens);
    assert.ok(compose.services["worker"]!.command!.includes(`--service-url=http://nginx:${listens}`));
  });

  test("the Kubernetes manifest: selectors, ports, claims, secrets and commands agree", () => {
    const named = (kind: string) =>
      new Map(resources.filter((each) => each.kind === kind).map((each) => [each.metadata.name, each]));
    assert.ok(resources.every(({ metadata }) => metadata.namespace === "fused"));
    const claims = named("PersistentVolumeClaim");
    const keys = [...read("deploy/kubernetes.yaml").matchAll(/--from-literal=([\w-]+)=/g)].map(([, key]) => key);
    for (const { spec } of named("Deployment").values()) {
      const { metadata, spec: pod } = spec.template!;
      assert.deepEqual((spec.selector as { matchLabels: object }).matchLabels, metadata.labels);
      for (const { persistentVolumeClaim: claim } of pod.volumes) assert.ok(!claim || claims.has(claim.claimName));
      const [container] = pod.containers;
      checkCommand(container!.args);
      assert.deepEqual(container!.env.map(({ name }) => name).sort(), variables);
      for (const { valueFrom } of container!.env) assert.ok(keys.includes(valueFrom.secretKeyRef.key));
      for (const { name } of container!.volumeMounts)
        assert.ok(
          pod.volumes.some((volume) => volume.name === name),
          name,
        );
      for (const probe of [container!.readinessProbe, container!.livenessProbe]) {
        if (probe) assert.ok(container!.ports!.some(({ name }) => name === probe.httpGet.port));
      }
    }
    const service = named("Service").get("fused-service")!;
    const replicas = named("Deployment").get("fused-service")!;
    assert.deepEqual(service.spec.selector, replicas.spec.template!.metadata.labels);
    assert.ok(
      named("Deployment")
        .get("fused-worker")!
        .spec.template!.spec.containers[0]!.args.includes("--service-url=http://fused-service.fused.svc:8787"),
    );
  });

  test(
    "the compose file's own commands, as processes: load through nginx while a replica is killed, and a job on the worker",
    { skip: postgresMissing || nginxMissing },
    runCompose,
  );
});

async function runCompose(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "fused-compose-"));
  const ports = [await freePort(), await freePort(), await freePort()];
  const [first, second, front] = ports as [number, number, number];
  const address = `http://127.0.0.1:${front}`;
  const config = read("deploy/nginx.conf")
    .replace("service-1:8787", `127.0.0.1:${first}`)
    .replace("service-2:8787", `127.0.0.1:${second}`)
    .replace("listen 8080", `listen 127.0.0.1:${front}`);
  const nginx = openNginx(config, front);
  assert.equal(nginx.check(), "");
  const env = {
    ...process.env,
    FUSED_DATABASE_URL: (await sharedPostgres()).newDatabase(),
    FUSED_SERVICE_KEY: randomBytes(32).toString("hex"),
  };
  const start = async (name: string, port: number, ready: RegExp) => {
    const words = compose.services[name]!.command!.map((word) =>
      word
        .replace("--data=/data", `--data=${data}`)
        .replace("0.0.0.0", "127.0.0.1")
        .replace("--port=8787", `--port=${port}`)
        .replace(/http:\/\/(localhost|nginx):8080/, address),
    );
    const child = spawn(process.execPath, [join(root, "dist", "cli.js"), ...words], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on("data", (chunk: Buffer) => (text += chunk.toString()));
      child.stdout!.on("data", (chunk: Buffer) => ready.test((text += chunk.toString())) && resolve());
      child.once("exit", (code) => reject(new Error(`${name} ended with ${code}: ${text}`)));
    });
    return child;
  };
  // One after the other would hide that two may find an empty database at once.
  const children = await Promise.all([
    start("service-1", first, /^Service: /m),
    start("service-2", second, /^Service: /m),
    start("worker", 0, /^Worker: /m),
  ]);
  const [killed] = children;
  try {
    await nginx.start();
    const token = readFileSync(join(data, "token"), "utf8").trim();
    const headers = { Authorization: `Fused-Service-Token ${token}`, "Content-Type": "application/json" };
    const send = (method: string, path: string, options: { body?: unknown } = {}) =>
      fetch(`${address}/server/v1${path}`, {
        method,
        headers,
        redirect: "manual",
        body:
          options.body instanceof Uint8Array
            ? (options.body as Uint8Array<ArrayBuffer>)
            : options.body === undefined
              ? undefined
              : JSON.stringify(options.body),
      });
    const ask = async <T>(method: string, path: string, options = {}) => {
      const answer = await send(method, path, options);
      assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
      return (await answer.json()) as T;
    };
    const service = { send, ask } as JobService;

    const code = "export default function udf(n: int = 1) {\n  return n * 2;\n}\n";
    const { token: shared } = await shareUdf(service, { name: "twice", code });
    await ask("PUT", "/files/upload?path=fd://numbers.json", { body: new TextEncoder().encode("[20, 21]") });
    const source = `async (at: number) => {
      const path = await fused.download("fd://numbers.json", "numbers.json");
      return JSON.parse(new TextDecoder().decode(await fused.readFile(path)))[at] * 2;
    }`;
    const job = await startJob(service, source, [0, 1]);

    let sent = 0;
    const wrong: string[] = [];
    const asker = async (lane: number) => {
      for (let i = 0; i < 60; i++) {
        const n = lane * 1000 + i;
        const answer = await fetch(`${address}/server/v1/realtime-shared/${shared}/run/file?n=${n}&format=json`);
        const text = await answer.text();
        if (answer.status !== 200 || Number(text) !== n * 2) wrong.push(`${n}: ${answer.status} ${text.slice(0, 200)}`);
        if (++sent === 200) killed.kill("SIGKILL");
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, lane) => asker(lane)));
    assert.deepEqual(wrong, []);
    assert.equal(killed.signalCode, "SIGKILL");

    const ended = await waitForJob(service, job);
    assert.deepEqual([ended.status, ended.reason], ["finished", null]);
    assert.deepEqual(
      (await resultsOf(service, job)).map(({ value }) => value),
      [40, 42],
    );
  } finally {
    await nginx.close();
    await Promise.all(children.map(end));
    rmSync(data, { recursive: true, force: true });
  }
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
