/** The panel while no layer is selected. */
import type { App } from "../app";
import { h } from "../dom";
import { withCode } from "./formatted";
import { type Content, factList, layerLink } from "./parts";

export function modelPanel(app: App, model: number): Node[] {
    const { description, facts, notes, peak } = app.model(model).details.model;
    const words = app.text(description);
    const shown = facts.map(([label, value]): [string, ...Content[]] => [app.text(label), app.text(value)]);
    if (peak !== null) shown.push(["peak at", layerLink(app, model, peak)]);
    return [
        h("h2", { tabindex: -1 }, "The model"),
        ...(words ? [h("p", { class: "description" }, words)] : []),
        factList(shown),
        ...notes.map((note) => h("p", { class: "notice" }, ...withCode(app.text(note)))),
        h("p", { class: "soft" },
            "Select a layer, in the graph or in the table, to see its numbers and how each of them comes about. ",
            h("kbd", {}, "/"), " finds layers. Each has its own address: links, back and forward work."),
    ];
}
