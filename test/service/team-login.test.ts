import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { closeShared, databases, openTestService, type TestService } from "./open-service.ts";
import { startIssuer, type TestIssuer } from "./token-issuer.ts";
import { waitFor } from "../wait-for.ts";

after(closeShared);

for (const { database, skip } of databases) {
  describe(`users of an OpenID provider over ${database}`, { skip }, () => {
    let issuer: TestIssuer;
    let service: TestService;
    before(async () => {
      issuer = await startIssuer();
      service = await openTestService({ database, oidcIssuer: issuer.url, admins: ["boss@example.com"] });
    });
    after(async () => {
      await service.close();
      await issuer.close();
    });

    const self = async (token: string) => {
      const answer = await service.send("GET", "/user/self", { headers: { Authorization: `Bearer ${token}` } });
      const body = (await answer.json()) as {
        id: string;
        email: string;
        team: { name: string };
        error: { message: string };
      };
      return { status: answer.status, ...body };
    };

    test("a user and a team are made at first sight, and found again; another team in the token moves the user", async () => {
      const first = await self(await issuer.token({ sub: "u1", email: "ada@example.com", team: "analysts" }));
      assert.equal(first.status, 200);
      assert.equal(first.team.name, "analysts");
      const again = await self(await issuer.token({ sub: "u1", email: "ada@example.com", team: "analysts" }));
      assert.equal(again.id, first.id);
      const moved = await self(await issuer.token({ sub: "u1", email: "ada@example.com", team: "others" }));
      assert.deepEqual([moved.id, moved.team.name], [first.id, "others"]);
      const alone = await self(await issuer.token({ sub: "u1", email: "ada@example.com" }));
      assert.equal(alone.team.name, "ada@example.com");
    });

    test("many first requests of somebody at once make one user", async () => {
      const seen = await Promise.all(
        Array.from({ length: 12 }, async (_none, i) =>
          self(await issuer.token({ sub: "new", email: "new@example.com", team: "newcomers", jti: String(i) })),
        ),
      );
      assert.deepEqual(new Set(seen.map(({ status }) => status)), new Set([200]));
      assert.equal(new Set(seen.map(({ id }) => id)).size, 1);
    });

    test("somebody else who claims an address that is taken is refused; an address that is not verified is not taken over", async () => {
      await self(await issuer.token({ sub: "u2", email: "tim@example.com" }));
      assert.equal((await self(await issuer.token({ sub: "u3", email: "tim@example.com" }))).status, 403);
      const unverified = await self(
        await issuer.token({ sub: "u4", email: "boss@example.com", email_verified: false }),
      );
      assert.equal(unverified.email, "u4@127.0.0.1");
    });

    test("expired, for others, from others, or signed with a key that is not the provider's: 401", async () => {
      const person = { sub: "u1", email: "ada@example.com" };
      const refused = [
        [await issuer.token(person, { expiresIn: -60 }), /has expired/],
        [await issuer.token(person, { audience: "another" }), /another audience/],
        [await issuer.token(person, { issuer: "https://evil.test" }), /another provider/],
        [await issuer.token(person, { foreignKey: true }), /no access token/],
        ["not.a.token", /no access token/],
      ] as const;
      for (const [token, message] of refused) {
        const { status, error } = await self(token);
        assert.equal(status, 401);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, new RegExp(token.slice(0, 20)));
      }
    });

    test("the provider's keys are fetched once for many tokens", async () => {
      const before = issuer.keyRequests();
      for (let i = 0; i < 20; i++)
        await self(await issuer.token({ sub: "u1", email: "ada@example.com", jti: String(i) }));
      assert.ok(issuer.keyRequests() - before <= 1);
    });

    test("there is no own provider, no personal token, and the client is told where to log in", async () => {
      assert.equal((await service.send("GET", `${service.url}/oauth/jwks`)).status, 404);
      assert.equal(service.token, undefined);
      const { auth } = await service.ask<{ auth: object }>("GET", "/.well-known/fused");
      assert.deepEqual(auth, {
        issuer: issuer.url,
        client_id: "fused-kernel",
        audience: "fused-service",
        scopes: ["openid", "email", "profile", "offline_access"],
        single_user: false,
      });
    });

    test("F156 the environment's token differs from the access token, stays the same, and lets its programs in", async () => {
      const access = await issuer.token({ sub: "u1", email: "ada@example.com" });
      const ask = () =>
        service.ask<{ token: string }>("GET", "/user/self/environment-token", {
          headers: { Authorization: `Bearer ${access}` },
        });
      const { token } = await ask();
      assert.notEqual(token, access);
      assert.equal((await ask()).token, token);
      const answer = await service.send("GET", "/user/self", {
        headers: { Authorization: `Fused-Service-Token ${token}` },
      });
      assert.equal(((await answer.json()) as { email: string }).email, "ada@example.com");
    });

    test("an environment's token is withdrawn by whose it is, or by an admin of the team; the next is another", async () => {
      const headersOf = async (name: string, team: string) => ({
        Authorization: `Bearer ${await issuer.token({ sub: name, email: `${name}@example.com`, team })}`,
      });
      const [boss, carl, eve] = await Promise.all([
        headersOf("boss", "crew"),
        headersOf("carl", "crew"),
        headersOf("eve", "elsewhere"),
      ]);
      const path = "/user/self/environment-token";
      const tokenOf = async (headers: Record<string, string>) =>
        (await service.ask<{ token: string }>("GET", path, { headers })).token;
      const comesIn = async (token: string) =>
        (await service.send("GET", "/user/self", { headers: { Authorization: `Fused-Service-Token ${token}` } })).ok;

      const first = await tokenOf(carl);
      assert.ok(await comesIn(first));
      assert.deepEqual(await service.ask("DELETE", path, { headers: carl }), { withdrawn: true });
      await waitFor("the withdrawal", async () => !(await comesIn(first)), { every: 100 });
      const second = await tokenOf(carl);
      assert.notEqual(second, first);
      assert.ok(await comesIn(second));

      const carls = "/user/carl@example.com/environment-token";
      assert.equal((await service.send("DELETE", carls, { headers: eve })).status, 403);
      assert.deepEqual(await service.ask("DELETE", carls, { headers: boss }), { withdrawn: true });
      await waitFor("the withdrawal", async () => !(await comesIn(second)), { every: 100 });
      const others = await service.send("DELETE", "/user/eve@example.com/environment-token", { headers: boss });
      assert.equal(others.status, 404, "an admin is one of their own team");
    });
  });
}

test("a provider that cannot be reached is told as 503, and asked again by the next request", async () => {
  const service = await openTestService({ oidcIssuer: "http://127.0.0.1:9" });
  for (let i = 0; i < 2; i++) {
    const answer = await service.send("GET", "/user/self", { headers: { Authorization: "Bearer a.b.c" } });
    assert.equal(answer.status, 503);
    assert.ok(answer.headers.get("Retry-After"));
  }
  await service.close();
});
