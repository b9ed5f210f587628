/** How the numbers of a layer come about. */
import type { App } from "../app";
import type { ModelData, TextId } from "../data";
import { h } from "../dom";
import type { BlockData } from "./data";
import { withCode, withSubscripts } from "./formatted";

export function derivation(app: App, { name, details }: ModelData, explained: number | null): HTMLElement[] {
    if (explained === null) {
        const words = "The model has too many different layers to show for all of them how their numbers come about; ";
        return [h("p.soft", words, h("code", "cnncalc explain"), ` does so for ${name}.`)];
    }
    const [, ...blocks] = details.derivations[explained];
    return blocks.map((block) => blockOf(app, details.blocks[block]));
}

function blockOf(app: App, block: BlockData): HTMLElement {
    if (typeof block === "number") return h("p", ...withCode(app.text(block)));
    const [quantity, rule, numbers, result, words] = block.map((text) => app.text(text));
    const steps = [withSubscripts(rule), [numbers], [h("strong", result)]].filter(([first]) => first !== "");
    return h("div.derived",
        h("h4", quantity),
        h("code", ...steps.map((step, index) => h("span", index ? "= " : "", ...step))),
        words ? h("p.soft", ...withCode(words)) : null);
}

/** What the symbols in the rules stand for. */
export function legendList(app: App, legend: TextId[]): HTMLElement | null {
    if (!legend.length) return null;
    const rows: HTMLElement[] = [];
    for (let index = 0; index < legend.length; index += 2) {
        rows.push(h("dt", h("code", ...withSubscripts(app.text(legend[index])))), h("dd", ...withCode(app.text(legend[index + 1]))));
    }
    return h("dl.pairs.legend", ...rows);
}
