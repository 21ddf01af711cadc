import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as client from "openid-client";
import { closeShared, databases, openTestService, type TestService } from "./open-service.ts";

after(closeShared);

const redirectUri = "http://127.0.0.1:4321/callback";

for (const { database, skip } of databases) {
  describe(`the service's own OpenID provider over ${database}`, { skip }, () => {
    let service: TestService;
    let config: client.Configuration;

    before(async () => {
      service = await openTestService({ database });
      const { auth } = await service.ask<{ auth: { issuer: string; client_id: string; single_user: boolean } }>(
        "GET",
        "/.well-known/fused",
        { as: null },
      );
      assert.equal(auth.single_user, true);
      config = await client.discovery(new URL(auth.issuer), auth.client_id, undefined, client.None(), {
        execute: [client.allowInsecureRequests],
      });
    });
    after(() => service.close());

    /** What a browser does with the page: sends its form, with the owner's token or not. */
    async function submit(address: URL, fields: Record<string, string>, headers: Record<string, string> = {}) {
      const page = await fetch(address, { headers });
      const html = await page.text();
      const hidden = [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)].flatMap(([, name, value]) =>
        name === "decision" ? [] : [[name!, unescape(value!)] as [string, string]],
      );
      const body = new URLSearchParams([...hidden, ...Object.entries(fields)]);
      return fetch(new URL(address.pathname, address), {
        method: "POST",
        body,
        redirect: "manual",
        headers: { Origin: service.url, ...headers },
      });
    }

    async function begin(scope = "openid email offline_access", more: Record<string, string> = {}) {
      const verifier = client.randomPKCECodeVerifier();
      const state = client.randomState();
      const address = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope,
        state,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        ...more,
      });
      return { address, verifier, state };
    }

    async function logIn() {
      const { address, verifier, state } = await begin();
      const answer = await submit(address, { token: service.token!, decision: "allow" });
      assert.equal(answer.status, 303);
      const back = new URL(answer.headers.get("Location")!);
      const tokens = await client.authorizationCodeGrant(config, back, {
        pkceCodeVerifier: verifier,
        expectedState: state,
      });
      return { tokens, back, verifier, cookie: answer.headers.get("Set-Cookie")!.split(";")[0]! };
    }

    const self = (token: string) =>
      service.send("GET", "/user/self", { as: null, headers: { Authorization: `Bearer ${token}` } });

    test("F172 code with PKCE: the owner's token and a click let a notebook in; a browser that showed it needs the click alone", async () => {
      const { tokens, cookie } = await logIn();
      assert.equal((await self(tokens.access_token)).status, 200);
      assert.equal(tokens.claims()!.email, (await service.ask("GET", "/user/self"))["email"]);
      const { address } = await begin();
      const page = await (await fetch(address, { headers: { Cookie: cookie } })).text();
      assert.doesNotMatch(page, /type="password"/);
      assert.equal((await submit(address, { decision: "allow" }, { Cookie: cookie })).status, 303);
    });

    test("without the token, with a wrong one, from another site's page or into another machine nobody gets a code", async () => {
      const { address } = await begin();
      assert.equal((await submit(address, { decision: "allow" })).status, 403);
      const wrong = await submit(address, { decision: "allow", token: "fst_wrong" });
      assert.equal(wrong.status, 403);
      assert.match(await wrong.text(), /not the token of this service/);
      const foreign = await submit(
        address,
        { decision: "allow", token: service.token! },
        { Origin: "http://evil.test" },
      );
      assert.equal(foreign.status, 403);
      for (const target of ["http://evil.test/callback", "https://127.0.0.1.evil.test/", "javascript:alert(1)", ""]) {
        const elsewhere = new URL(address);
        elsewhere.searchParams.set("redirect_uri", target);
        const page = await fetch(elsewhere, { redirect: "manual" });
        assert.equal(page.status, 400, target);
        assert.equal(page.headers.get("Location"), null);
      }
    });

    test("the pages cannot be framed, run no script, and escape what comes with the request", async () => {
      const { address } = await begin();
      address.searchParams.set("state", `"><script>alert(1)</script>`);
      const page = await fetch(address);
      assert.match(page.headers.get("Content-Security-Policy")!, /default-src 'none'.*frame-ancestors 'none'/);
      assert.equal(page.headers.get("X-Frame-Options"), "DENY");
      assert.doesNotMatch(await page.text(), /<script/);
    });

    test("denied: the notebook is told so", async () => {
      const { address, state } = await begin();
      const back = new URL((await submit(address, { decision: "deny" })).headers.get("Location")!);
      assert.equal(back.searchParams.get("error"), "access_denied");
      assert.equal(back.searchParams.get("state"), state);
      assert.equal(back.searchParams.get("iss"), service.url);
    });

    test("a code works once, with its verifier; a second use ends the tokens of the first", async () => {
      const { tokens, back, verifier } = await logIn();
      const again = (codeVerifier: string) =>
        service.send("POST", `${service.url}/oauth/token`, {
          as: null,
          headers: { "Content-Type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({
            grant_type: "authorization_code",
            client_id: "fused-kernel",
            code: back.searchParams.get("code")!,
            redirect_uri: redirectUri,
            code_verifier: codeVerifier,
          }).toString(),
        });
      const { error } = (await (await again(verifier)).json()) as { error: string };
      assert.equal(error, "invalid_grant");
      assert.equal((await self(tokens.access_token)).status, 401);

      const { address, state } = await begin();
      const answer = await submit(address, { token: service.token!, decision: "allow" });
      const location = new URL(answer.headers.get("Location")!);
      await assert.rejects(
        client.authorizationCodeGrant(config, location, {
          pkceCodeVerifier: client.randomPKCECodeVerifier(),
          expectedState: state,
        }),
        { error: "invalid_grant" },
      );
    });

    test("a request without PKCE, or with plain, is refused", async () => {
      const { address } = await begin("openid", { code_challenge_method: "plain" });
      const back = new URL((await fetch(address, { redirect: "manual" })).headers.get("Location")!);
      assert.equal(back.searchParams.get("error"), "invalid_request");
    });

    test("refresh tokens rotate; one that is used again later ends the login", async () => {
      const { tokens } = await logIn();
      const next = await client.refreshTokenGrant(config, tokens.refresh_token!);
      assert.notEqual(next.refresh_token, tokens.refresh_token);
      // An answer that was lost on its way may be asked for once more at once …
      await client.refreshTokenGrant(config, tokens.refresh_token!);
      // … but not when it is used by somebody else a while later.
      await service.context.database.query(
        "update fused.oauth_grants set used_at = used_at - interval '1 minute' where used_at is not null",
      );
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), { error: "invalid_grant" });
      await assert.rejects(client.refreshTokenGrant(config, next.refresh_token!), { error: "invalid_grant" });
      assert.equal((await self(next.access_token)).status, 401);
    });

    test("revoked: access and refresh token end together", async () => {
      const { tokens } = await logIn();
      await client.tokenRevocation(config, tokens.refresh_token!);
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token!), { error: "invalid_grant" });
      assert.equal((await self(tokens.access_token)).status, 401);
    });

    test("the device grant: a code typed in a browser elsewhere; pending, slow down, denied", async () => {
      const started = await client.initiateDeviceAuthorization(config, { scope: "openid offline_access" });
      assert.match(started.user_code, /^[B-Z]{4}-[B-Z]{4}$/);
      const poll = async () => {
        const body = new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:device_code",
          client_id: "fused-kernel",
          device_code: started.device_code,
        });
        const answer = await fetch(`${service.url}/oauth/token`, { method: "POST", body });
        return (await answer.json()) as { error?: string };
      };
      assert.equal((await poll()).error, "authorization_pending");
      assert.equal((await poll()).error, "slow_down");
      const page = new URL(started.verification_uri_complete!);
      assert.equal((await submit(page, { decision: "allow" })).status, 403);
      assert.equal((await submit(page, { decision: "allow", token: service.token! })).status, 200);
      const tokens = await client.pollDeviceAuthorizationGrant(config, started);
      assert.equal((await self(tokens.access_token)).status, 200);

      const other = await client.initiateDeviceAuthorization(config, { scope: "openid" });
      await submit(new URL(other.verification_uri_complete!), { decision: "deny", token: service.token! });
      await assert.rejects(client.pollDeviceAuthorizationGrant(config, other), { error: "access_denied" });
    });

    test("nobody can pile up logins that wait", async () => {
      const begin = () =>
        fetch(`${service.url}/oauth/device/code`, {
          method: "POST",
          body: new URLSearchParams({ client_id: "fused-kernel" }),
        });
      const statuses = new Set<number>();
      for (let i = 0; i < 51; i++) statuses.add((await begin()).status);
      assert.deepEqual(statuses, new Set([200, 429]));
    });

    test("paste-a-code: the page shows the code", async () => {
      const { address, verifier } = await begin("openid", { redirect_uri: "urn:ietf:wg:oauth:2.0:oob" });
      const page = await (await submit(address, { decision: "allow", token: service.token! })).text();
      const [, code] = /<code>([\w-]{43})<\/code>/.exec(page)!;
      const body = new URLSearchParams({
        grant_type: "authorization_code",
        client_id: "fused-kernel",
        code: code!,
        redirect_uri: "urn:ietf:wg:oauth:2.0:oob",
        code_verifier: verifier,
      });
      const answer = await fetch(`${service.url}/oauth/token`, { method: "POST", body });
      assert.equal(answer.status, 200);
    });

    test("the printed link makes one browser known, once", async () => {
      const link = await service.loginLink!();
      const first = await fetch(link);
      assert.match(first.headers.get("Set-Cookie")!, /fused_login=.*Path=\/oauth; HttpOnly; SameSite=Lax/);
      assert.equal((await fetch(link)).status, 403);
    });

    test("tokens that were changed, or signed by nobody, are refused", async () => {
      const { tokens } = await logIn();
      const [head, body, signature] = tokens.access_token.split(".") as [string, string, string];
      const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt" })).toString("base64url");
      const changed = Buffer.from(
        Buffer.from(body, "base64url")
          .toString()
          .replace(/"sub":"./, `"sub":"x`),
      ).toString("base64url");
      for (const forged of [`${none}.${body}.`, `${head}.${changed}.${signature}`, tokens.id_token!, "abc"]) {
        assert.equal((await self(forged)).status, 401);
      }
    });
  });
}

function unescape(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}
