/** The panel: everything about the selected layer, or about the model while none is. */
import type { App, View } from "./app";
import { LayerPanel } from "./details/layer";
import { modelPanel } from "./details/model";
import { set } from "./dom";

export type { DetailsData } from "./details/data";

export function detailsView(root: HTMLElement, app: App, model: number): View {
    set(root, { role: "region" });
    const layers = new LayerPanel(app, model);
    return {
        select(layer) {
            const hadFocus = root.contains(document.activeElement);
            set(root, { "aria-label": layer === null ? "The model" : "The selected layer" });
            root.replaceChildren(...(layer === null ? modelPanel(app, model) : layers.show(layer)));
            const heading = root.querySelector("h2")!;
            // Otherwise the focus of whoever follows a link in here would be lost with the link.
            if (hadFocus) heading.focus({ preventScroll: true });
            root.scrollTop = 0;
        },
    };
}
