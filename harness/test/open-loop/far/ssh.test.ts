import { expect, it } from "vitest";
import { sshArguments } from "../../../src/open-loop/far/ssh.ts";

/** As ssh gives it to the shell of the other machine. */
const commandOf = (command: string[]) =>
  sshArguments({ host: "lab2", command })
    .slice(-command.length - 1)
    .join(" ");

it("ssh asks for nothing, and the host is no option of it", () => {
  const args = sshArguments({ host: "root@lab2", command: ["iopath"] });
  expect(args).toContain("BatchMode=yes");
  expect(args.slice(-4)).toEqual(["--", "root@lab2", "iopath", "tester"]);
});

it("words reach the other machine as they are, whatever its shell makes of them", () => {
  expect(commandOf(["sudo", "-n", "/opt/iopath/harness/bin/iopath"])).toBe(
    "sudo -n /opt/iopath/harness/bin/iopath tester",
  );
  expect(commandOf(["$(reboot)", "it's"])).toBe("'$(reboot)' 'it'\\''s' tester");
});
