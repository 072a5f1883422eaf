/**
 * A guest with two wires between cards, as a host with a tester of its own has: its first two cards
 * are on one wire, the last two on another. A card spreads frames by their hash.
 */
import { withMoreCards } from "../../packages/lab/test/guest/more-cards.ts";

export const fourCards = withMoreCards(0, 1, 1);
