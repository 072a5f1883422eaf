/**
 * The other end of a memif socket, in a process of its own: comes, says so, and stays until it is
 * killed.
 */
import { setTimeout } from "node:timers/promises";
import { Device } from "../src/device.ts";
import { waitForPeer } from "../src/devices.ts";
import { startEal } from "../src/eal.ts";
import { Pool } from "../src/pool.ts";

const socket = process.argv[2]!;
const eal = startEal("ordinary");
const pool = Pool.create(eal, 511);
const options = `role=client,socket=${socket},socket-abstract=yes`;
const device = new Device(eal, { driver: "net_memif", arguments: options, pool });
waitForPeer(device, "memif");
console.log("up");
await setTimeout(60_000);
