/** A page as a parser sees it, without a browser. */
import { parseHTML } from "linkedom";

export const parsePage = (page: string) => parseHTML(page).document;

/** The rows as the page's script has them. */
export function embedded(page: string): { columns: string[]; rows: unknown[][] } {
  const data = JSON.parse(parsePage(page).getElementById("rows-data")!.textContent!) as {
    columns: string[];
    texts: (string[] | null)[];
    rows: (string | number | null)[][];
  };
  const unpacked = data.rows.map((row) =>
    row.map((value, i) => (data.texts[i] ? data.texts[i][value as number] : value)),
  );
  return { columns: data.columns, rows: unpacked };
}
