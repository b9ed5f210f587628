/** The panel while no layer is selected. */
import type { App } from "../app";
import type { LayerId } from "../data";
import { h } from "../dom";
import { withCode } from "./formatted";
import { type Content, factList, layerLink } from "./parts";

export function modelPanel(app: App, model: number): Node[] {
    const { description, facts, notes } = app.model(model).details.model;
    const words = app.text(description);
    return [
        h("h2", { tabindex: -1 }, "The model"),
        ...(words ? [h("p.description", words)] : []),
        factList(facts.map(([label, value, named]) =>
            [app.text(label), ...(named === undefined ? [app.text(value)] : withLink(app, model, app.text(value), named))])),
        ...notes.map((note) => h("p.notice", ...withCode(app.text(note)))),
        h("p.soft",
            "Select a layer, in the graph or in the table, to see its numbers and how each of them comes about. ",
            h("kbd", "/"), " finds layers. Each has its own address: links, back and forward work."),
    ];
}

/** A text that names a layer, with the name as a link. */
function withLink(app: App, model: number, text: string, layer: LayerId): Content[] {
    const [before, ...after] = text.split(app.layer(model, layer).name);
    return after.length ? [before, layerLink(app, model, layer), after.join(app.layer(model, layer).name)] : [text];
}
