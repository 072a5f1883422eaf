/**
 * Each test process has a lock of its own, and so have the commands that it starts: a test must
 * pass while a run on the same machine holds the machine's lock. Tests of the lock itself name
 * their file.
 */
import { tmpdir } from "node:os";
import { join } from "node:path";

process.env.IOPATH_LOCK = join(tmpdir(), `iopath-test-${process.pid}.lock`);
