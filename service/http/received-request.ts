import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Caller } from "../identity/caller.ts";
import { bodyBytes, bodyJson, bodyStream } from "./request-body.ts";
import type { ServiceRequest } from "./route.ts";

/** A request as routes see it. What costs something is made when it is asked for. */
export class ReceivedRequest implements ServiceRequest {
  readonly id: string = randomUUID();
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  params: Record<string, string> = {};
  #caller: Caller | undefined;
  #request: IncomingMessage;
  #response: ServerResponse;
  #origin: string;
  #bodyLimit: number;
  #url: URL | undefined;
  #signal: AbortSignal | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, origin: string, bodyLimit: number) {
    this.#request = request;
    this.#response = response;
    this.#origin = origin;
    this.#bodyLimit = bodyLimit;
    this.method = request.method ?? "GET";
    this.headers = request.headers;
  }

  /** With the address of the settings, whatever the request's Host header says. */
  get url(): URL {
    return (this.#url ??= new URL(this.#origin + (this.#request.url ?? "/")));
  }

  get caller(): Caller {
    if (!this.#caller) throw new Error("a route without callers asks for one");
    return this.#caller;
  }

  set caller(caller: Caller) {
    this.#caller = caller;
  }

  get signal(): AbortSignal {
    if (!this.#signal) {
      const controller = new AbortController();
      this.#signal = controller.signal;
      const onClose = () => {
        if (!this.#response.writableFinished) controller.abort();
      };
      if (this.#response.destroyed || this.#request.socket.destroyed) controller.abort();
      else this.#response.once("close", onClose);
    }
    return this.#signal;
  }

  json(mostBytes = this.#bodyLimit): Promise<unknown> {
    return bodyJson(this.#request, mostBytes, this.#whenAnswered);
  }

  bytes(mostBytes = this.#bodyLimit): Promise<Uint8Array> {
    return bodyBytes(this.#request, mostBytes, this.#whenAnswered);
  }

  stream(): Readable {
    return bodyStream(this.#request);
  }

  #whenAnswered = (done: () => void): void => {
    if (this.#response.destroyed) done();
    else this.#response.once("close", done);
  };
}
