/** Pieces that the panel is made of. */
import type { App } from "../app";
import type { LayerId } from "../data";
import { h } from "../dom";

export type Content = Node | string;

/** Labels, and what there is to say about each. */
export function factList(facts: [label: string, ...value: Content[]][]): HTMLElement {
    const rows = facts.flatMap(([label, ...value]) => [h("dt", label), h("dd", ...value)]);
    return h("dl.pairs", ...rows);
}

export function layerLink(app: App, model: number, layer: LayerId, text?: string): HTMLElement {
    return h("a", { href: app.hash({ model, layer }) }, text ?? app.layer(model, layer).name);
}

/** Links to layers; after the first few, the others are behind a button. */
export function layerLinks(app: App, model: number, layers: LayerId[], most = 12): Content[] {
    const list = (some: LayerId[]) => some.flatMap((layer, index): Content[] =>
        [...(index ? [", "] : []), layerLink(app, model, layer)]);
    if (layers.length <= most + 3) return list(layers);
    const more = h("button.more", { onclick: () => more.replaceWith(", ", ...list(layers.slice(most))) },
        `${layers.length - most} more`);
    return [...list(layers.slice(0, most)), " ", more];
}
