import { createSocket } from "node:dgram";

/** What a hostile name server answers to the n-th question (0, 1, …) for an address. */
export type Answers = (question: number) => string[];

/** A name server on loopback that gives IPv4 addresses with a time to live of 0, another one each time if it wants (RFC 1035). */
export async function startNameServer(answers: Answers) {
  const socket = createSocket("udp4");
  let asked = 0;
  socket.on("message", (query, { address, port }) => {
    const end = query.indexOf(0, 12) + 5;
    const isAddress = query.readUInt16BE(end - 4) === 1;
    const addresses = isAddress ? answers(asked++) : [];
    const head = Buffer.from(query.subarray(0, end));
    head.writeUInt16BE(0x8580, 2);
    head.writeUInt16BE(addresses.length, 6);
    head.writeUInt32BE(0, 8);
    const records = addresses.map((each) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...each.split(".").map(Number)]),
    );
    socket.send(Buffer.concat([head, ...records]), port, address);
  });
  await new Promise<void>((listens) => socket.bind(0, "127.0.0.1", listens));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    get asked() {
      return asked;
    },
    close: () => socket.close(),
  };
}
