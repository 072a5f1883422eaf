/**
 * Names of verbs devices as users write them: `DEVICE`, `DEVICE:PORT`, or `DEVICE:PORT:GID_INDEX`.
 */
import { ExitStatus, IopathError } from "@iopath/contract";

export interface DeviceName {
  /** As `ibv_devices` lists it. */
  readonly device: string;
  /** Counted from 1, as everywhere in verbs. */
  readonly port: number;
  /** Of the port's table; one is chosen when it is not said. */
  readonly gidIndex: number | undefined;
}

const form = /^([^:/]+)(?::(\d{1,3}))?(?::(\d{1,3}))?$/;

/** @throws IopathError, exit status 3, for what is no such name */
export function parseDeviceName(text: string): DeviceName {
  const [, device, port = "1", gidIndex] = form.exec(text) ?? [];
  if (device === undefined || Number(port) < 1) {
    const message = `"${text}" names no verbs device`;
    throw new IopathError(ExitStatus.usage, message, {
      remedy: "write DEVICE, DEVICE:PORT, or DEVICE:PORT:GID_INDEX, such as mlx5_0:1:3",
    });
  }
  return {
    device,
    port: Number(port),
    gidIndex: gidIndex === undefined ? undefined : Number(gidIndex),
  };
}
