/** A connection to a tester whose other end is a script, in place of ssh. */
import { spawn } from "node:child_process";
import { ExitStatus } from "@iopath/contract";
import { expect, it } from "vitest";
import { farProtocol, thisSpeaker } from "../../../src/open-loop/far/far-protocol.ts";
import { FarTester, TesterLost } from "../../../src/open-loop/far/far-tester.ts";

const request = {
  tester: ["if2", "if3"] as [string, string],
  ...{ force: false, frameBytesMax: 64, usesUdp: false, waitMinutes: 0 },
};
const wire = { device: "if2", mac: "02:00:00:00:00:01", ipv4: "" };
const ends = { wires: [wire, wire], notes: [], hasCards: false };
const machine = { kernel: "6.12.0", cpuModel: "a CPU", cpus: [] };
const hello = { status: "hello", ...thisSpeaker() };

/** Says these lines at once, then does what the script says. */
function connect(
  lines: readonly object[],
  script: string,
  { silenceMs = 100_000, wasThere = false } = {},
) {
  const said = lines.map((line) => `console.log(${JSON.stringify(JSON.stringify(line))});`);
  const start = () => spawn(process.execPath, ["-e", `${said.join("")}${script}`]);
  const { signal } = new AbortController();
  const far = { host: "lab2", command: ["iopath"] };
  return FarTester.connect({ far, request, signal, start, silenceMs, wasThere });
}

const staysOpen = "process.stdin.resume();";

it("knows what the other machine says of its interfaces and its CPUs", async () => {
  await using tester = await connect([hello, { status: "ends", ends, machine }], staysOpen);
  expect(tester.ends).toEqual(ends);
  expect(tester.machine).toEqual(machine);
});

it("another protocol is refused, with both versions", async () => {
  const other = { ...hello, protocol: farProtocol + 1, iopath: "9.8.7", revision: "abcdef" };
  const { iopath } = thisSpeaker();
  await expect(connect([other], staysOpen)).rejects.toMatchObject({
    exitStatus: ExitStatus.refused,
    message: expect.stringMatching(
      `speaks protocol ${farProtocol + 1} \\(iopath 9.8.7, commit abcdef\\), ` +
        `and this command protocol ${farProtocol} \\(iopath ${iopath}, `,
    ),
  });
});

it("what the other machine refuses is refused here", async () => {
  const no = { status: "failed", reason: "if2 carries a default route" };
  await expect(connect([hello, no], staysOpen)).rejects.toMatchObject({
    exitStatus: ExitStatus.refused,
    message: "the tester on lab2: if2 carries a default route",
  });
});

it("a connection that can't be made says what ssh said, and what has to work", async () => {
  const script = 'console.error("no route to lab2"); process.exit(255);';
  await expect(connect([], script)).rejects.toMatchObject({
    exitStatus: ExitStatus.cannotRun,
    message: "the tester on lab2: ssh ended with status 255: no route to lab2",
    remedy: expect.stringMatching("`ssh lab2 iopath --version` has to work"),
  });
});

it("a connection that breaks is lost, and says how to go on", async () => {
  const script = 'process.stdin.once("data", () => setTimeout(() => process.exit(255), 100));';
  await using tester = await connect([hello, { status: "ends", ends, machine }], script);
  const asked = tester.ask({ settle: true }, "sent", 100_000);
  await expect(asked).rejects.toBeInstanceOf(TesterLost);
  await expect(asked).rejects.toMatchObject({ remedy: expect.stringMatching("--resume") });
});

it("a machine that was reached before in a run, and is not any more, is lost", async () => {
  const asked = connect([], "process.exit(255);", { wasThere: true });
  await expect(asked).rejects.toBeInstanceOf(TesterLost);
});

it("one that hangs is noticed by its silence, before any order's time is up", async () => {
  const lines = [hello, { status: "ends", ends, machine }];
  await using tester = await connect(lines, staysOpen, { silenceMs: 500 });
  const asked = tester.ask({ settle: true }, "sent", 100_000);
  await expect(asked).rejects.toThrow("the tester on lab2: nothing was heard of it for 0.5 s");
});

it("one that says now and then that it is there is waited for", async () => {
  const lines = [hello, { status: "ends", ends, machine }];
  const answers = 'console.log(JSON.stringify({ status: "over" }))';
  const script =
    "const beats = setInterval(() => console.log('{\"alive\":true}'), 50);" +
    `setTimeout(() => { clearInterval(beats); ${answers}; }, 6000); ${staysOpen}`;
  await using tester = await connect(lines, script, { silenceMs: 3000 });
  const order = { send: { seconds: 1 } } as Parameters<FarTester["ask"]>[0];
  await expect(tester.ask(order, "over", 100_000)).resolves.toEqual({ status: "over" });
});
