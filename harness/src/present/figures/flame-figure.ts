/**
 * A flame graph as one SVG that stands alone: widths are instructions, colours say where code runs.
 */
import type { CallNode } from "../../profile/call-tree.ts";
import { type Space, spaceOf, spaces } from "../../profile/profile.ts";
import { type Html, html } from "../html.ts";
import { formatPercent } from "../number-format.ts";

const [width, row, head] = [1400, 17, 56];
/** Narrower ones are no wider than a line. */
const widthMin = 0.4;
const characterWidth = 6.3;
const labelWidthMin = 30;

/** Dark text is read on each of them. */
export const spaceColors: Readonly<Record<Space, string>> = {
  user: "#8fd18f",
  kernel: "#f5b871",
  module: "#f0907d",
  bpf: "#b9a7e8",
};

export const spaceNames: Readonly<Record<Space, string>> = {
  user: "user space",
  kernel: "kernel",
  module: "kernel module",
  bpf: "BPF program",
};

/** @param title what the whole width is */
export function flameSvg(tree: CallNode, title: string): string {
  const height = head + (depthOf(tree) + 1) * row;
  const boxes: Html[] = [];
  draw(tree, { tree, height, boxes }, 0, 0);
  const legend = spaces.map(
    (
      space,
      i,
    ) => html`<rect x="${i * 130}" y="32" width="12" height="12" fill="${spaceColors[space]}"/>
<text x="${i * 130 + 18}" y="42">${spaceNames[space]}</text>`,
  );
  return `${
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="monospace" font-size="10.5">
<title>${title}</title><rect width="${width}" height="${height}" fill="#fff"/>
<text x="0" y="18" font-size="14">${title}</text>${legend}
${boxes}</svg>`.text
  }\n`;
}

interface Drawing {
  readonly tree: CallNode;
  readonly height: number;
  readonly boxes: Html[];
}

function depthOf({ children }: CallNode): number {
  return children.reduce((deepest, child) => Math.max(deepest, 1 + depthOf(child)), 0);
}

function draw(node: CallNode, drawing: Drawing, from: number, depth: number): void {
  const { tree, height, boxes } = drawing;
  const wide = (node.after / tree.after) * width;
  if (wide < widthMin) return;
  const top = height - (depth + 1) * row;
  const { name, object } = node.frame;
  const share = formatPercent(node.after / tree.after);
  const words = `${name}${object && ` (${object})`}: ${node.after.toFixed(1)} instructions per frame, ${share}`;
  const fill = depth === 0 ? "#d9dde1" : spaceColors[spaceOf(node.frame)];
  const label =
    wide < labelWidthMin
      ? undefined
      : html`<text x="${(from + 3).toFixed(1)}" y="${top + 12}">${name.slice(0, (wide - 4) / characterWidth)}</text>`;
  boxes.push(
    html`<g><title>${words}</title><rect x="${from.toFixed(2)}" y="${top}" width="${wide.toFixed(2)}" height="${row - 1}" fill="${fill}"/>${label}</g>
`,
  );
  let at = from;
  for (const child of node.children) {
    draw(child, drawing, at, depth + 1);
    at += (child.after / tree.after) * width;
  }
}
