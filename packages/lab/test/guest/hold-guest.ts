/** Holds a guest until it is ended: what the tests of leftovers end. */
import { Guest } from "../../src/guest/index.ts";

process.once("SIGINT", () => process.exit(130));
using guest = await Guest.boot({ clock: "wall" });
await guest.run(["bash", "-c", "echo up; sleep 1000"], {
  limitMs: 550_000,
  onOutput: (chunk) => process.stdout.write(chunk),
});
