/** The machine's lock as commands take it, and in words who is waited for. */
import { describeHolders, lockMachine } from "@iopath/lab";

interface MachineLockOptions {
  /** 0 does not wait. */
  readonly waitMinutes: number;
  /** Share the machine with others that do: for what is counted or verified, and not timed. */
  readonly share?: boolean;
  /** Ends the wait at once. */
  readonly signal: AbortSignal;
  /** Gets a line about who measures, if somebody else does; standard error when not given. */
  readonly tell?: (line: string) => void;
}

/** @throws IopathError, exit status 2, when another command still measures after the wait */
export async function holdMachine({
  waitMinutes,
  share = false,
  signal,
  tell = (line) => process.stderr.write(`${line}\n`),
}: MachineLockOptions): Promise<Disposable> {
  return await lockMachine({
    waitMs: waitMinutes * 60_000,
    share,
    onWait: (holders) => {
      if (waitMinutes === 0) return;
      tell(`waiting up to ${waitMinutes} min (--wait) for ${describeHolders(holders)}`);
    },
    onUnlocked: (why) => tell(`the machine is not locked: ${why}`),
    signal,
  });
}
