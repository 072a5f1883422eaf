/** The far side of a connection, spoken to over two streams. */
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { thisSpeaker } from "../../../src/open-loop/far/far-protocol.ts";
import { serveTester } from "../../../src/open-loop/far/serve-tester.ts";

const hold = () => Promise.resolve({ [Symbol.dispose]: () => {} });

function serve(silenceMs = 100_000) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let said = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const stopping = new AbortController();
  const ended = serveTester({ input, output, signal: stopping.signal, silenceMs, hold });
  return { input, ended, stopping, said: () => said };
}

const hello = `${JSON.stringify({ status: "hello", ...thisSpeaker() })}\n`;

it("says who it is before it is asked, and ends with its input", async () => {
  const { input, ended, said } = serve();
  input.end();
  await ended;
  expect(said()).toBe(hello);
});

it("ends when nothing is heard of the other side", async () => {
  const { ended, said } = serve(300);
  await ended;
  expect(said().startsWith(hello)).toBe(true);
});

it("ends with a signal", async () => {
  const { ended, stopping } = serve();
  stopping.abort();
  await ended;
});

it("names what is wrong with a request", async () => {
  const { input, ended, said } = serve();
  input.end('{"tester":["if2"]}\n');
  await expect(ended).rejects.toThrow();
  expect(said()).toMatch('{"status":"failed","reason":');
});
