import { App, type View } from "./app";
import { chartsView } from "./charts";
import { comparisonView } from "./comparison";
import { detailsView } from "./details";
import { hasModifier } from "./dom";
import { fieldView } from "./field";
import { find } from "./find";
import { graphView } from "./graph";
import { tableView } from "./table";
import { tabs } from "./tabs";
import { valuesView } from "./values";

/** The views of a model, each in the element with its class, in the section of the model. */
const VIEWS: Record<string, (root: HTMLElement, app: App, model: number) => View> = {
    graph: graphView,
    details: detailsView,
    field: fieldView,
    values: valuesView,
    charts: chartsView,
    table: tableView,
};

// Not by its id: a row of the table has the name of its layer for one, and a layer may be called `data`.
const app = new App(JSON.parse(document.querySelector("script[type='application/json']")!.textContent!));
document.querySelectorAll<HTMLElement>("section.model").forEach((section, model) => {
    for (const [name, view] of Object.entries(VIEWS)) {
        const root = section.querySelector<HTMLElement>(`:scope .view.${name}`);
        if (root) app.add(model, view(root, app, model));
    }
});
const comparison = document.querySelector<HTMLElement>("section.comparison");
if (comparison) comparisonView(comparison, app, app.data.comparison!);
const finder = document.querySelector<HTMLElement>(".find");
if (finder) find(finder, app);

// The browser would move the page to an element with the name of the layer, or for `#top` to its top.
document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.<HTMLAnchorElement>("a[href^='#']");
    if (!link || event.defaultPrevented || hasModifier(event) || event.shiftKey) return;
    event.preventDefault();
    app.go(link.hash);
});
window.addEventListener("popstate", () => app.follow());
window.addEventListener("hashchange", () => app.follow());
app.follow();
for (const column of document.querySelectorAll<HTMLElement>(".beside")) tabs(column, () => app.refresh());
document.documentElement.dataset.ready = "yes";
