import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isOwnHost } from "../../lab/server/access/hosts.ts";
import { Login } from "../../lab/server/access/login.ts";
import { openTestLab, token } from "./open-lab.ts";
import { ask, askSocket } from "./raw-request.ts";
import type { Answer } from "./raw-request.ts";

const lab = await openTestLab();
const { host, port } = new URL(lab.url);
const authorization = { Authorization: `token ${token}` };

/** Logs in as a browser does: by the link. @returns its cookies and the token for writes */
async function logIn(): Promise<{ Cookie: string; xsrf: string }> {
  const { pathname, search } = new URL(lab.server.loginUrl());
  const login = await ask(lab.url, "GET", pathname + search);
  const own = cookieOf(login);
  const first = await ask(lab.url, "GET", "/api/status", { Cookie: own });
  const xsrf = /^_xsrf=([^;]+)/.exec([first.headers["set-cookie"]].flat()[0]!)![1]!;
  return { Cookie: `${own}; _xsrf=${xsrf}`, xsrf };
}

function cookieOf(answer: Answer): string {
  return [answer.headers["set-cookie"]].flat()[0]!.split(";")[0]!;
}

describe("who may come in", () => {
  for (const path of [
    "/api/contents",
    "/api/kernels",
    "/api/sessions",
    "/api/kernelspecs",
    "/api/me",
    "/api",
    "/files/x",
    "/lab",
    "/lab/api/settings",
    "/kernelspecs/fused-ts/logo-svg.svg",
  ]) {
    test(`${path} is refused without a token`, async () => assert.equal((await ask(lab.url, "GET", path)).status, 403));
  }

  test("a wrong token is refused, in the header and in the address", async () => {
    assert.equal((await ask(lab.url, "GET", "/api/status", { Authorization: "token wrong" })).status, 403);
    assert.equal((await ask(lab.url, "GET", `/api/status`, { Authorization: `token ${token}x` })).status, 403);
    assert.equal((await ask(lab.url, "GET", "/lab?token=wrong")).status, 403);
  });

  test("the token of the command line is taken in the header", async () => {
    assert.equal((await ask(lab.url, "GET", "/api/status", authorization)).status, 200);
    assert.equal((await ask(lab.url, "GET", "/api/status", { Authorization: `Bearer ${token}` })).status, 200);
  });

  test("in the address of a page the token becomes a cookie, and leaves the address", async () => {
    const answer = await ask(lab.url, "GET", `/lab/tree/a.ipynb?token=${token}&reset=1`);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, "/lab/tree/a.ipynb?reset=1");
    assert.equal((await ask(lab.url, "GET", "/api/status", { Cookie: cookieOf(answer) })).status, 200);
  });

  test("in the address of the API the token is not taken", async () => {
    assert.equal((await ask(lab.url, "GET", `/api/status?token=${token}`)).status, 403);
  });

  test("a login link works once", async () => {
    const { pathname, search } = new URL(lab.server.loginUrl("/lab/tree/a%20b.ipynb"));
    const answer = await ask(lab.url, "GET", pathname + search);
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, "/lab/tree/a%20b.ipynb");
    assert.equal((await ask(lab.url, "GET", pathname + search)).status, 403);
    assert.equal((await ask(lab.url, "GET", "/login?code=guess")).status, 403);
  });

  test("a login link is good for 15 minutes, a cookie for 30 days", () => {
    const login = new Login(Buffer.alloc(32), 1, undefined);
    const code = login.newCode(0);
    assert.equal(login.takeCode(code, 16 * 60_000), false);
    const cookie = login.newCookie(0).split(";")[0]!;
    assert.ok(login.readCookie(cookie, 29 * 24 * 3600_000));
    assert.equal(login.readCookie(cookie, 31 * 24 * 3600_000), undefined);
  });

  test("a login link leads to pages of this server only", async () => {
    for (const next of ["https://evil.example/", "//evil.example/", "/\\evil.example/", "/a\r\nX: 1"]) {
      const { pathname, search } = new URL(lab.server.loginUrl(next));
      assert.equal((await ask(lab.url, "GET", pathname + search)).headers.location, "/lab", next);
    }
  });

  test("a link followed from another site leads on from a page, so that the strict cookie comes along", async () => {
    const { pathname, search } = new URL(lab.server.loginUrl());
    const headers = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
    const answer = await ask(lab.url, "GET", pathname + search, headers);
    assert.equal(answer.status, 200);
    assert.match(answer.body, /http-equiv="refresh" content="0; url=\/lab"/);
  });

  test("the cookie is for this port, out of reach of scripts, and strict", async () => {
    const { pathname, search } = new URL(lab.server.loginUrl());
    const cookie = [(await ask(lab.url, "GET", pathname + search)).headers["set-cookie"]].flat()[0]!;
    assert.match(cookie, new RegExp(`^fused-lab-${port}=`));
    assert.match(cookie, /; HttpOnly; SameSite=Strict;/);
  });

  test("a forged, changed or foreign cookie is refused", async () => {
    const { Cookie } = await logIn();
    const [name, value] = Cookie.split(";")[0]!.split("=") as [string, string];
    for (const forged of [
      `${name}=`,
      `${name}=1.2.3`,
      `${name}=9${value}`,
      `${name}=${value}x`,
      `fused-lab-1=${value}`,
    ]) {
      assert.equal((await ask(lab.url, "GET", "/api/status", { Cookie: forged })).status, 403, forged);
    }
    const other = new Login(Buffer.alloc(32, 1), Number(port)).newCookie().split(";")[0]!;
    assert.equal((await ask(lab.url, "GET", "/api/status", { Cookie: other })).status, 403);
  });

  test("the key of the cookies is readable for this user only, and outlives the server", () => {
    assert.equal(statSync(join(lab.state, "cookie-key")).mode & 0o777, 0o600);
    assert.equal(statSync(join(lab.state, "notebook-key")).mode & 0o777, 0o600);
  });

  test("a page without login says how to get in", async () => {
    const answer = await ask(lab.url, "GET", "/lab", { Accept: "text/html" });
    assert.equal(answer.status, 403);
    assert.match(answer.body, /press Enter/);
  });

  test("the token never stands in a page", async () => {
    const answer = await ask(lab.url, "GET", "/lab", authorization);
    assert.ok(!answer.body.includes(token));
  });
});

describe("writes by cookie carry the XSRF token", () => {
  for (const [method, path] of [
    ["POST", "/api/sessions"],
    ["POST", "/api/kernels"],
    ["PUT", "/api/contents/x.txt"],
    ["PATCH", "/api/contents/x.txt"],
    ["DELETE", "/api/contents/x.txt"],
    ["PUT", "/lab/api/settings/a:b"],
    ["POST", "/api/shutdown"],
  ] as const) {
    test(`${method} ${path} without it, or with a wrong one, is refused`, async () => {
      const { Cookie, xsrf } = await logIn();
      for (const headers of [{}, { "X-XSRFToken": "wrong" }, { "X-XSRFToken": `${xsrf}x` }]) {
        const answer = await ask(lab.url, method, path, { Cookie, ...(headers as Record<string, string>) }, "{}");
        assert.equal(answer.status, 403);
        assert.match(String(answer.json.message), /X-XSRFToken/);
      }
    });
  }

  test("with it a file is written; a cookie of the attacker's choice does not help", async () => {
    const { Cookie, xsrf } = await logIn();
    const body = JSON.stringify({ type: "file", format: "text", content: "x" });
    const planted = { Cookie: `${Cookie.split(";")[0]}; _xsrf=planted`, "X-XSRFToken": "planted" };
    assert.equal((await ask(lab.url, "PUT", "/api/contents/x.txt", planted, body)).status, 403);
    assert.equal((await ask(lab.url, "PUT", "/api/contents/x.txt", { Cookie, "X-XSRFToken": xsrf }, body)).status, 201);
  });

  test("where another server of this host has overwritten its cookie, a page of our own origin may write all the same", async () => {
    const { Cookie } = await logIn();
    const body = JSON.stringify({ type: "file", format: "text", content: "x" });
    const overwritten = { Cookie: Cookie.replace(/_xsrf=.*/, "_xsrf=other"), "X-XSRFToken": "other" };
    const put = (site: string) =>
      ask(lab.url, "PUT", "/api/contents/y.txt", { ...overwritten, "Sec-Fetch-Site": site }, body);
    assert.equal((await put("same-origin")).status, 201);
    for (const site of ["same-site", "cross-site", "none"]) assert.equal((await put(site)).status, 403, site);
  });

  test("where another server of this host has overwritten its cookie, the next answer sets it right", async () => {
    const { Cookie, xsrf } = await logIn();
    const answer = await ask(lab.url, "GET", "/api/status", { Cookie: Cookie.replace(/_xsrf=.*/, "_xsrf=other") });
    assert.match([answer.headers["set-cookie"]].flat()[0]!, new RegExp(`^_xsrf=${xsrf};`));
  });
});

describe("other sites", () => {
  for (const bad of [
    "evil.example",
    "evil.example:" + port,
    `127.0.0.1.evil.example:${port}`,
    "localhost.evil.example",
    "[::1",
    "a b",
  ]) {
    test(`Host "${bad}" is refused, with a token too`, async () => {
      assert.equal((await ask(lab.url, "GET", "/api/status", { ...authorization, Host: bad })).status, 403);
      assert.equal((await ask(lab.url, "GET", "/static/lab/build.json", { Host: bad })).status, 403);
    });
  }

  test("localhost, 127.0.0.1 and ::1 are its hosts", async () => {
    for (const good of ["localhost", "127.0.0.1", "[::1]"]) {
      const answer = await ask(lab.url, "GET", "/api/status", { ...authorization, Host: `${good}:${port}` });
      assert.equal(answer.status, 200, good);
    }
  });

  test("a server that others can reach takes addresses and its own name, and no other name", () => {
    assert.ok(isOwnHost("192.0.2.7:8888", "0.0.0.0"));
    assert.ok(isOwnHost("[2001:db8::1]:8888", "::"));
    assert.ok(isOwnHost(hostname(), "0.0.0.0"));
    assert.ok(!isOwnHost("evil.example", "0.0.0.0"));
    assert.ok(!isOwnHost("192.0.2.7", "127.0.0.1"));
  });

  for (const origin of [
    "http://evil.example",
    `http://127.0.0.1:${Number(port) + 1}`,
    `http://localhost:${port}`,
    "null",
    "file://",
  ]) {
    test(`Origin ${origin} is refused, by token and by cookie`, async () => {
      const { Cookie, xsrf } = await logIn();
      for (const proof of [authorization, { Cookie, "X-XSRFToken": xsrf }]) {
        const headers = { ...(proof as Record<string, string>), Origin: origin };
        assert.equal((await ask(lab.url, "GET", "/api/contents", headers)).status, 403);
        assert.equal((await ask(lab.url, "POST", "/api/kernels", headers, "{}")).status, 403);
      }
    });
  }

  for (const site of ["cross-site", "same-site"]) {
    test(`a ${site} request is refused, except for following a link`, async () => {
      const { Cookie } = await logIn();
      for (const [mode, dest, status] of [
        ["no-cors", "image", 403],
        ["cors", "empty", 403],
        ["navigate", "iframe", 403],
        ["navigate", "document", 200],
      ] as const) {
        const headers = { Cookie, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest };
        assert.equal((await ask(lab.url, "GET", "/api/status", headers)).status, status, mode);
      }
    });
  }

  test("pages may not be framed elsewhere, nor sniffed, nor send referrers; files get an origin of their own", async () => {
    const { headers } = await ask(lab.url, "GET", "/api/status", authorization);
    assert.match(String(headers["content-security-policy"]), /frame-ancestors 'self'/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    await ask(
      lab.url,
      "PUT",
      "/api/contents/page.html",
      authorization,
      JSON.stringify({ type: "file", format: "text", content: "<script>1</script>" }),
    );
    const file = await ask(lab.url, "GET", "/files/page.html", authorization);
    assert.match(String(file.headers["content-security-policy"]), /^sandbox allow-scripts/);
  });
});

describe("sockets", () => {
  test("are refused without a token, with a wrong one, from a foreign page, for a foreign host", async () => {
    const kernel = (await ask(lab.url, "POST", "/api/kernels", authorization, "{}")).json.id as string;
    const path = `/api/kernels/${kernel}/channels`;
    assert.equal(await askSocket(lab.url, path), 403);
    assert.equal(await askSocket(lab.url, `${path}?token=wrong`), 403);
    assert.equal(await askSocket(lab.url, path, { Cookie: `fused-lab-${port}=1.2.3` }), 403);
    const { Cookie } = await logIn();
    for (const proof of [authorization, { Cookie }] as Record<string, string>[]) {
      assert.equal(await askSocket(lab.url, path, { ...proof, Origin: "http://evil.example" }), 403);
      assert.equal(await askSocket(lab.url, path, { ...proof, Origin: `http://127.0.0.1:${Number(port) + 1}` }), 403);
      assert.equal(await askSocket(lab.url, path, { ...proof, Host: "evil.example" }), 403);
      assert.equal(await askSocket(lab.url, path, { ...proof, "Sec-Fetch-Site": "cross-site" }), 403);
      assert.equal(await askSocket(lab.url, path, { ...proof, Origin: `http://${host}` }), 101);
    }
    assert.equal(await askSocket(lab.url, `${path}?token=${token}`), 101);
    assert.equal(await askSocket(lab.url, "/api/kernels/0000/channels", authorization), 404);
    assert.equal(await askSocket(lab.url, "/api/events/subscribe"), 403);
    assert.equal(await askSocket(lab.url, "/api/events/subscribe", authorization), 101);
  });
});
