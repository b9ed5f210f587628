/** What belongs to the selected layer, one at a time: each has the whole column to itself. */
import { h, set } from "./dom";

const TITLES: Record<string, string> = { details: "Layer", field: "Receptive field", values: "Values" };

/** Puts tabs above the views in a column. `shown` is told when another one comes to be seen: some measure their place. */
export function tabs(column: HTMLElement, shown: () => void): void {
    const views = [...column.querySelectorAll<HTMLElement>(":scope > .view")].filter((view) => view.hasChildNodes());
    if (views.length < 2) return;
    const buttons = views.map((view) => {
        const title = TITLES[[...view.classList].find((name) => name in TITLES)!];
        const [tab, panel] = [unusedId("tab"), unusedId("view")];
        set(view, { id: panel, role: "tabpanel", "aria-labelledby": tab });
        return h("button", { id: tab, role: "tab", "aria-controls": panel }, title);
    });
    const open = (index: number): void => {
        views.forEach((view, each) => (view.hidden = each !== index));
        buttons.forEach((button, each) => {
            set(button, { "aria-selected": String(each === index) });
            button.tabIndex = each === index ? 0 : -1;
        });
    };
    const go = (index: number): void => {
        open(index);
        buttons[index].focus();
        shown();
    };
    buttons.forEach((button, index) => {
        button.addEventListener("click", () => go(index));
        button.addEventListener("keydown", (event) => {
            const last = buttons.length - 1;
            const keys: Record<string, number> = {
                ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1, Home: 0, End: last,
            };
            if (!(event.key in keys)) return;
            event.preventDefault();
            go(keys[event.key]);
        });
    });
    column.prepend(h("div.tabs", { role: "tablist", "aria-label": "About the selected layer" }, ...buttons));
    open(0);
}

let ids = 0;

/** Rows of the table have the names of their layers for ids; no name has a colon in it. */
function unusedId(what: string): string {
    return `${what}:${(ids += 1)}`;
}
