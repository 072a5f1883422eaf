/** What `iopath search` makes of flags about a tester on another machine. */
import { ExitStatus } from "@iopath/contract";
import { expect, it, vi } from "vitest";
import type { Plan } from "../../src/cli/plan.ts";
import { startCommand } from "../../src/cli/program.ts";

async function planOf(...flags: string[]) {
  const plans: Plan[] = [];
  let complaint = "";
  const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    complaint += text;
    return true;
  });
  const perform = (plan: Plan) => {
    plans.push(plan);
    return Promise.resolve(ExitStatus.ok);
  };
  const output = { requireWritten: () => Promise.resolve() };
  const interruption = new AbortController().signal;
  const { status } = startCommand(["search", "xdp/native", ...flags], {
    ...{ perform, interruption, output },
  });
  const ended = await status;
  write.mockRestore();
  return { status: ended, complaint, plan: plans[0] };
}

const ports = ["--ports", "a,b", "--tester", "c,d"];

it("a tester's machine is in the plan, with the words that start iopath there", async () => {
  const started = ["--tester-command", "sudo -n  /opt/iopath"];
  const { plan } = await planOf(...ports, "--tester-host", "root@lab2", ...started);
  const testerHost = { host: "root@lab2", command: ["sudo", "-n", "/opt/iopath"] };
  expect(plan).toMatchObject({ searches: { testerHost } });
});

it("two machines may use CPUs of the same number, one may not", async () => {
  const onFar = [...ports, "--tester-host", "lab2"];
  expect((await planOf(...onFar, "--cpus", "1,1")).status).toBe(ExitStatus.ok);
  const { status, complaint } = await planOf(...ports, "--cpus", "1,1");
  expect(complaint).toMatch("CPUs 1,1: tester and forwarder need a CPU each");
  expect(status).toBe(ExitStatus.usage);
});

it("what is no name of a machine is refused, an option of ssh's above all", async () => {
  const { status, complaint } = await planOf(...ports, "--tester-host", "-oProxyCommand=true");
  expect(complaint).toMatch("no name of a machine");
  expect(status).toBe(ExitStatus.usage);
});
