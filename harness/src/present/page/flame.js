/** In the browser: draws the flame graph with d3-flame-graph. Runs after the page was read. */
const { tree, frames, against } = JSON.parse(document.getElementById("flame-data").textContent);
const element = document.getElementById("flame");
const details = document.getElementById("flame-details");
const search = document.getElementById("flame-search");
const differences = document.getElementById("flame-differences");
const found = "#e600e6";
const style = getComputedStyle(document.documentElement);
const colors = Object.fromEntries(
  ["user", "kernel", "module", "bpf"].map((space) => [
    space,
    style.getPropertyValue(`--space-${space}`),
  ]),
);
/** A difference of this share of the whole has the full colour. */
const fullShare = 0.01;

function nodeOf([index, after, before, dearer, ...children]) {
  return { ...frames[index], value: after, before, dearer, children: children.map(nodeOf) };
}

const root = nodeOf(tree);
const whole = root.value;

function describe({ name, object, value, before }) {
  const share = ((100 * value) / whole).toFixed(2);
  const there = against === null ? "" : `; ${before.toFixed(1)} in ${against}`;
  const where = object === "" ? "" : ` (${object})`;
  return `${name}${where}: ${value.toFixed(1)} instructions per frame, ${share} %${there}`;
}

/** Of the function itself: dearer is red, cheaper is blue, the same is white. */
function colorOfDifference({ dearer }) {
  const strength = Math.min(1, Math.abs(dearer) / (fullShare * whole));
  const rest = Math.round(255 * (1 - 0.7 * strength));
  return dearer >= 0 ? `rgb(255,${rest},${rest})` : `rgb(${rest},${rest},255)`;
}

function colorOf(node) {
  if (node.highlight) return found;
  if (differences?.checked) return colorOfDifference(node.data);
  return colors[node.data.space];
}

const chart = flamegraph
  .default()
  .width(Math.max(640, element.clientWidth))
  .cellHeight(18)
  .minFrameSize(0.5)
  .transitionDuration(250)
  .inverted(false)
  .sort(false)
  .setColorMapper(colorOf)
  .setLabelHandler((node) => describe(node.data))
  .setDetailsHandler((text) => {
    details.textContent = text ?? "";
  })
  .setSearchHandler((_found, sum) => {
    const share = ((100 * sum) / whole).toFixed(2);
    details.textContent = `${sum.toFixed(1)} instructions per frame match, ${share} %`;
  })
  .setSearchMatch((node, term) => matches(node.data.name, term));

/** A regular expression, or the text itself where it is none. */
function matches(name, term) {
  try {
    return new RegExp(term, "i").test(name);
  } catch {
    return name.includes(term);
  }
}

d3.select(element).datum(root).call(chart);

search.addEventListener("input", () => {
  if (search.value === "") chart.clear();
  else chart.search(search.value);
  if (search.value === "") details.textContent = "";
});
document.getElementById("flame-reset").addEventListener("click", () => {
  search.value = "";
  chart.clear();
  chart.resetZoom();
});
differences?.addEventListener("change", () => chart.update());
