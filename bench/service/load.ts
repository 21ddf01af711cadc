import { connect } from "node:net";

/** What the measuring process asks of this one, which makes the load: requests at one address over connections that stay. */
export interface LoadAsked {
  url: string;
  connections: number;
  /** The load ends after so many seconds or requests, whichever comes first. */
  seconds: number;
  requests?: number;
}

export interface LoadResult {
  perSecond: number;
  count: number;
  /** Answers that were no success. */
  failed: number;
  /** Milliseconds from the request's last byte sent to the answer's last byte come. */
  median: number;
  p99: number;
}

process.on("message", (asked: LoadAsked) => {
  void run(asked).then((result) => process.send!(result));
});

async function run({ url, connections, seconds, requests = Infinity }: LoadAsked): Promise<LoadResult> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`;
  const times: number[] = [];
  let failed = 0;
  let asked = 0;
  const started = performance.now();
  const until = started + seconds * 1000;
  const one = () =>
    new Promise<void>((done, fail) => {
      const socket = connect(Number(port), hostname).setNoDelay();
      let begun = 0;
      let left = -1;
      let head = "";
      const next = () => {
        if (performance.now() >= until || asked >= requests) {
          socket.destroy();
          return done();
        }
        asked++;
        head = "";
        left = -1;
        begun = performance.now();
        socket.write(request);
      };
      socket.on("connect", next);
      socket.on("error", fail);
      socket.on("data", (chunk) => {
        if (left < 0) {
          head += chunk.toString("latin1");
          const end = head.indexOf("\r\n\r\n");
          if (end < 0) return;
          left = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0) - (head.length - end - 4);
          if (!head.startsWith("HTTP/1.1 200")) failed++;
        } else left -= chunk.length;
        if (left > 0) return;
        times.push(performance.now() - begun);
        next();
      });
    });
  await Promise.all(Array.from({ length: connections }, one));
  const took = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  return { perSecond: times.length / took, count: times.length, failed, median: at(0.5), p99: at(0.99) };
}
