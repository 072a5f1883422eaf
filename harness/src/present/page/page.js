/** In the browser: the table of rows, which filters and sorts. Runs after the page was read. */
const data = JSON.parse(document.getElementById("rows-data").textContent);
const { columns, common, texts } = data;
// Texts that come again and again are kept once.
const rows = data.rows.map((row) => row.map((value, i) => (texts[i] ? texts[i][value] : value)));
const table = document.getElementById("rows-table");
const input = document.getElementById("rows-filter");
const count = document.getElementById("rows-count");
const more = document.getElementById("rows-more");
const step = 100;
const state = { column: -1, ascending: true, limit: step };
const isNumber = columns.map((_, i) => rows.some((row) => typeof row[i] === "number"));

function draw() {
  const found = sorted(rows.filter(matcher(input.value)));
  table.querySelector("thead").replaceChildren(headerRow());
  table.querySelector("tbody").replaceChildren(...found.slice(0, state.limit).map(bodyRow));
  const shown = Math.min(found.length, state.limit);
  count.textContent = `${shown} of ${rows.length} rows${found.length > shown ? `, ${found.length} match` : ""}`;
  more.hidden = shown === found.length;
}

/** Words that all must occur in a row; `column=value` asks one column for exactly this value. */
function matcher(text) {
  const tests = text
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .map((word) => {
      const [name, value] = word.split("=");
      const column = columns.indexOf(name);
      if (value !== undefined && column >= 0)
        return (row) => textOf(row[column]).toLowerCase() === value;
      // What all rows have is no column of the table, and can be asked for all the same.
      if (value !== undefined && Object.hasOwn(common, name))
        return () => textOf(common[name]).toLowerCase() === value;
      return (row) => row.some((field) => textOf(field).toLowerCase().includes(word));
    });
  return (row) => tests.every((test) => test(row));
}

function textOf(value) {
  return value === null ? "" : String(value);
}

/** Rows without a figure come last, whichever way. */
function sorted(found) {
  const { column, ascending } = state;
  if (column < 0) return found;
  const sign = ascending ? 1 : -1;
  return found.toSorted(({ [column]: a }, { [column]: b }) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return (
      sign *
      (isNumber[column] ? a - b : textOf(a).localeCompare(textOf(b), "en", { numeric: true }))
    );
  });
}

function headerRow() {
  const line = document.createElement("tr");
  line.append(
    ...columns.map((name, i) => {
      const cell = document.createElement("th");
      const button = document.createElement("button");
      cell.setAttribute("scope", "col");
      if (isNumber[i]) cell.className = "number";
      if (state.column === i)
        cell.setAttribute("aria-sort", state.ascending ? "ascending" : "descending");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => sortBy(i));
      cell.append(button);
      return cell;
    }),
  );
  return line;
}

function sortBy(column) {
  state.ascending = state.column === column ? !state.ascending : true;
  state.column = column;
  draw();
  table.querySelectorAll("thead button")[column].focus();
}

function bodyRow(row) {
  const line = document.createElement("tr");
  line.append(
    ...row.map((value, i) => {
      const cell = document.createElement("td");
      cell.className = isNumber[i] ? "number" : "";
      cell.textContent = textOf(value);
      return cell;
    }),
  );
  return line;
}

function show(filter) {
  input.value = filter;
  state.limit = step;
  draw();
}

input.addEventListener("input", () => show(input.value));
more.addEventListener("click", () => {
  state.limit += 10 * step;
  draw();
});
document.getElementById("rows-all").addEventListener("click", () => show(""));
for (const link of document.querySelectorAll("[data-filter]")) {
  link.addEventListener("click", () => show(link.dataset.filter));
}
// Paper can't be opened further.
globalThis.addEventListener?.("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
draw();
