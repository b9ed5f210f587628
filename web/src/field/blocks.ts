/** Blocks of a report of cnncalc, as HTML. */
import { withCode } from "../details/formatted";
import { h } from "../dom";
import type { TextId } from "../data";

export type BlockData =
    | { heading: TextId; beside: TextId }
    | { paragraph: TextId }
    | { facts: [label: TextId, value: TextId][] }
    | { columns: [title: TextId, isNumber: 0 | 1][]; rows: TextId[][] };

export function blockElement(block: BlockData, text: (id: TextId) => string): HTMLElement {
    if ("heading" in block) {
        const beside = text(block.beside);
        return h("h3", text(block.heading), beside && h("span.soft", ` ${beside}`));
    }
    if ("paragraph" in block) return h("p", ...withCode(text(block.paragraph)));
    if ("facts" in block) {
        const pair = ([label, value]: [TextId, TextId]) => h("div", h("dt", text(label)), h("dd", text(value)));
        return h("dl.facts", ...block.facts.map(pair));
    }
    const kind = (column: number) => ({ class: block.columns[column][1] ? "number" : null });
    const titles = block.columns.map(([title], column) => h("th", { scope: "col", ...kind(column) }, text(title)));
    const rows = block.rows.map((row) => h("tr", ...row.map((cell, column) => h("td", kind(column), text(cell)))));
    return h(
        "div.scrolling",
        { tabindex: 0, role: "group", "aria-label": "Ways to widen the field" },
        h("table", h("thead", h("tr", ...titles)), h("tbody", ...rows)),
    );
}
