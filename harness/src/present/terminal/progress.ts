/**
 * What a user sees while a run goes on: some lines that move on a terminal, lines that stay in a
 * log.
 */
import { createLogUpdate } from "log-update";
import type { Row } from "../../rows/row.ts";
import { progressBar } from "./bar.ts";
import { liveTable } from "./live-table.ts";
import { canMoveCursor, cut, painter, plainText, requireSize, screenOf } from "./screen.ts";
import { formatClock, TimeLeft } from "./time-left.ts";

/** What is being done, in the words that a user sees. */
export interface Doing {
  /** "host, round 2 of 3". */
  readonly where: string;
  /** The cell without its place: "xdp/native/64B/burst64/flows1/window64". */
  readonly what: string;
  /** What is known of it: "2,028 ns/frame so far", or nothing. */
  readonly soFar: string;
}

/** A step that was begun. */
interface Task {
  /** It is done; with what came of it. */
  end(outcome: string): void;
}

export interface Progress extends Disposable {
  /** Several may go on at once. @param kind as in the plan */
  begin(kind: string, doing: Doing): Task;
  /** A line that stays. */
  note(text: string): void;
  /** What is known by now, where somebody looks. @param rows asked for only then */
  show(rows: () => readonly Row[]): void;
}

/** @param plan of each step what kind it is: those of one kind take about as long as each other */
export function showProgress(
  plan: readonly string[],
  stream: NodeJS.WriteStream = process.stderr,
): Progress {
  return canMoveCursor(stream) ? onTerminal(plan, stream) : inLog(plan, stream);
}

/** More would take CPU time from what is measured, and nobody reads faster. */
const redrawMs = 1000;
const outcomesShown = 3;
const barCells = 24;
/** The status, and the line of the cursor. */
const linesBeside = 2;
/** Of a line, for the figure in it: "13,707 instructions/frame". */
const figureCells = 30;

interface Outcome {
  readonly what: string;
  readonly came: string;
}

function onTerminal(plan: readonly string[], stream: NodeJS.WriteStream): Progress {
  requireSize(stream);
  // The cursor stays: a run that is killed would leave the terminal without.
  const area = createLogUpdate(stream, { showCursor: true });
  const time = new TimeLeft(plan);
  const outcomes: Outcome[] = [];
  const tasks = new Set<Doing>();
  let known: readonly Row[] = [];
  const draw = () =>
    tasks.size > 0 && area(linesOf([...tasks], { outcomes, time, known }, stream).join("\n"));
  const timer = setInterval(draw, redrawMs).unref();
  return {
    begin(kind, doing) {
      const running = time.begin(kind, performance.now());
      tasks.add(doing);
      draw();
      return {
        end(came) {
          time.end(running, performance.now());
          tasks.delete(doing);
          outcomes.push({ what: doing.what, came });
          outcomes.splice(0, outcomes.length - outcomesShown);
        },
      };
    },
    note: (text) => area.persist(plainLines(text)),
    show: (rows) => {
      known = rows();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      area.clear();
    },
  };
}

interface Past {
  readonly outcomes: readonly Outcome[];
  readonly time: TimeLeft;
  readonly known: readonly Row[];
}

function linesOf(tasks: readonly Doing[], past: Past, stream: NodeJS.WriteStream): string[] {
  const screen = screenOf(stream);
  const paint = painter(screen);
  const { outcomes, time, known } = past;
  const longest = Math.max(...[...tasks, ...outcomes].map(({ what }) => what.length));
  const nameCells = Math.min(longest, Math.max(20, screen.width - figureCells));
  const line = (mark: string, what: string, figure: string) => {
    const name = cut(plainText(what), nameCells).padEnd(nameCells);
    return cut(`${mark} ${name}  ${plainText(figure)}`.trimEnd(), screen.width);
  };
  const left = time.leftMs(performance.now());
  const status = [
    progressBar(time.done / time.steps, barCells),
    `${time.done}/${time.steps}`,
    left === undefined ? "" : `${formatClock(left)} left`,
    tasks.map(({ where }) => where).join("; "),
  ];
  const room = stream.rows - tasks.length - linesBeside;
  const table = liveTable(known, { width: screen.width, lines: room });
  // What came of the latest steps is in the table as well, and gives way to it.
  const latest = outcomes.slice(Math.max(0, outcomes.length - Math.max(0, room - table.length)));
  return [
    ...table.map((text, i) => (i === 0 ? paint("bold", text) : text)),
    ...latest.map(({ what, came }) => paint("dim", line(" ", what, came))),
    ...tasks.map(({ what, soFar }) => paint("bold", line("›", what, soFar))),
    cut(`  ${status.filter(Boolean).join("  ")}`, screen.width),
  ];
}

/** In a log, one line per tenth of the way. */
const logLines = 10;

function inLog(plan: readonly string[], stream: NodeJS.WriteStream): Progress {
  const time = new TimeLeft(plan);
  const tenth = () => Math.floor((time.done * logLines) / time.steps);
  return {
    begin(kind, { where, what }) {
      const running = time.begin(kind, performance.now());
      return {
        end(came) {
          const before = tenth();
          time.end(running, performance.now());
          if (tenth() === before) return;
          const left = formatClock(time.leftMs(performance.now()) ?? 0);
          const line = plainText(`${where}: ${what}  ${came}`);
          stream.write(`${time.done}/${time.steps}  ${left} left  ${line}\n`);
        },
      };
    },
    note: (text) => stream.write(`${plainLines(text)}\n`),
    show: () => {},
    [Symbol.dispose]: () => {},
  };
}

/** Notes may have several lines: a reason, and what to do. */
function plainLines(text: string): string {
  return text.split("\n").map(plainText).join("\n");
}
