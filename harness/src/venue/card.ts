/** Where trials are made with `--pf`: virtual functions of this machine's cards. */
import { undoOrphans } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { SriovLab } from "@iopath/sriov-vf";
import { type CardPlace, nameOfCard } from "../matrix/card.ts";
import { isEmulatedMachine } from "../run/provenance.ts";
import type { TrialResult } from "../trial/request.ts";
import { labOf } from "./labs.ts";
import { runTrial } from "./spawn-trial.ts";
import type { TrialOrder, Venue } from "./venue.ts";

/** An emulated card is ten times slower than one of hardware. */
const usualLimitMs = 240_000;

export interface CardVenueOptions {
  readonly card: CardPlace;
  readonly cpu?: number;
  /** After which a trial is ended. */
  readonly trialLimitMs?: number;
  readonly signal: AbortSignal;
}

export class CardVenue implements Venue {
  readonly #options: CardVenueOptions;
  readonly #lab: SriovLab;

  /**
   * @throws IopathError when a card has no SR-IOV, no link, functions already, or the default route
   */
  constructor(options: CardVenueOptions) {
    this.#options = options;
    undoOrphans();
    this.#lab = new SriovLab({ ...options.card, emulated: isEmulatedMachine() });
  }

  async order(order: TrialOrder): Promise<TrialResult> {
    const { card, cpu = allowedCpus().at(-1)!, signal } = this.#options;
    const { trialLimitMs = usualLimitMs } = this.#options;
    if (labOf(order.path, order.variant) !== "card") {
      const missing = `${nameOfCard(card)} have no driver; ${order.path} needs interfaces`;
      return { status: "skipped", missing, remedy: "`--ports` takes interfaces" };
    }
    const { testbed } = this.#lab;
    return await runTrial({ testbed, cpu, ...order }, trialLimitMs, signal);
  }

  [Symbol.dispose](): void {
    this.#lab[Symbol.dispose]();
  }
}
