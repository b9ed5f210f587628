/** Two models side by side: what was added, removed or changed is marked in the graphs, and a layer that is selected in
 * one is shown in the other too. */
import type { App, Selection } from "./app";
import type { LayerId } from "./data";
import { hasModifier } from "./dom";

type Change = "added" | "removed" | "changed";

export interface ComparisonData {
    /** The marked layers of each model. */
    marks: Partial<Record<Change, LayerId[]>>[];
    /** Layers of the first model with those in their place in the second. */
    counterparts: [LayerId, LayerId][];
}

/** A view that marks layers. */
interface Marking {
    mark?(changes: ReadonlyMap<LayerId, Change>): void;
}

export function comparisonView(root: HTMLElement, app: App, { marks, counterparts }: ComparisonData): void {
    marks.forEach((byChange, model) => {
        const changes = new Map<LayerId, Change>();
        for (const [change, layers] of Object.entries(byChange) as [Change, LayerId[]][]) {
            for (const layer of layers) changes.set(layer, change);
        }
        if (changes.size) for (const view of app.viewsOf(model)) (view as Marking).mark?.(changes);
    });
    const seconds = new Map(counterparts);
    const firsts = new Map(counterparts.map(([first, second]) => [second, first]));
    app.counterpart = ({ model, layer }: Selection) => (model ? firsts : seconds).get(layer) ?? null;
    root.addEventListener("click", (event) => lead(event, app));
}

/** Links lead to what is below the comparison: a model, or a layer in its graph. */
function lead(event: MouseEvent, app: App): void {
    const link = (event.target as Element).closest("a");
    if (!link || hasModifier(event) || event.shiftKey) return;
    event.preventDefault();
    const sections = document.querySelectorAll("section.model");
    if (link.closest(".totals")) {
        sections[link.closest<HTMLTableCellElement>("th")!.cellIndex - 1].scrollIntoView();
    } else {
        app.go(link.hash);
        sections[app.selection!.model].querySelector(".graph")!.scrollIntoView();
    }
}
