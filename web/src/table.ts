/** The table of everything: its HTML stands without scripts, which make it sortable and let it follow the selection. */
import type { App, View } from "./app";
import { entryNames, detailsOf } from "./details/entries";
import { h, hasModifier, set } from "./dom";

export function tableView(root: HTMLElement, app: App, model: number): View {
    const table = root.querySelector("table");
    if (!table) return { select() {} };
    const rows = [...table.tBodies[0].rows].map((row) => new Row(row));
    const byName = new Map<string, Row>();
    for (const row of rows) if (!byName.has(row.name)) byName.set(row.name, row);
    makeSortable(table, rows);
    moveByArrows(table);
    table.tBodies[0].addEventListener("click", (event) => {
        const row = (event.target as Element).closest("tr");
        const isMarking = !getSelection()?.isCollapsed;
        if (row && !isMarking && !(event.target as Element).closest("a")) app.go(linkOf(row).hash);
    });
    const names = entryNames(app.model(model));
    let selected: Row | undefined;
    return {
        select(layer) {
            selected?.mark(false);
            const details = layer === null ? undefined : detailsOf(app.model(model), layer);
            selected = details && byName.get(names[details[0]]);
            selected?.mark(true);
        },
    };
}

function linkOf(row: HTMLTableRowElement): HTMLAnchorElement {
    return row.querySelector("a")!;
}

/** A row of the table, of an entry or of its own layers. */
class Row {
    readonly name: string;
    readonly #shortName: string;

    constructor(readonly element: HTMLTableRowElement) {
        const link = linkOf(element);
        this.name = decodeURIComponent(link.hash.slice(1)).replace(/^\d+:/, "");
        this.#shortName = link.textContent!;
        // With scripts, an address selects; without, the browser goes to the row with its name.
        element.removeAttribute("id");
        link.tabIndex = -1;
    }

    mark(isSelected: boolean): void {
        this.element.classList.toggle("selected", isSelected);
        set(linkOf(this.element), { "aria-current": isSelected && "true" });
    }

    /** Outside of the tree, a row has its whole name. */
    showName(order: Order | null): void {
        linkOf(this.element).textContent = order ? this.name : this.#shortName;
    }

    /** What it is sorted by: a number or a text; null where that is unknown. */
    value(column: number, isNumber: boolean): number | string | null {
        if (column === 0) return this.name;
        const cell = this.element.cells[column];
        if (!isNumber) return cell.textContent!;
        const text = (cell.dataset.v ?? cell.firstChild?.textContent ?? "").replace("Σ ", "").replaceAll(",", "");
        const value = text.split("×").reduce((product, size) => product * Number(size.trim() || NaN), 1); // of a shape
        return Number.isNaN(value) ? null : value;
    }
}

interface Order {
    column: number;
    isNumber: boolean;
    isDescending: boolean;
}

/** Buttons in the heads of the columns: one way, the other way, and back to the order of the model. */
function makeSortable(table: HTMLTableElement, rows: Row[]): void {
    let order: Order | null = null;
    const heads = [...table.tHead!.rows[0].cells];
    heads.forEach((head, column) => {
        const button = h("button", head.textContent!);
        button.addEventListener("click", () => {
            order = next(order, column, head.classList.contains("number"));
            sort(table, rows, order);
            heads.forEach((each, index) => say(each, order?.column === index ? order : null));
        });
        head.replaceChildren(button);
    });
}

/** Numbers from the largest first, texts from A first. */
function next(order: Order | null, column: number, isNumber: boolean): Order | null {
    if (order?.column !== column) return { column, isNumber, isDescending: isNumber };
    return order.isDescending === isNumber ? { column, isNumber, isDescending: !isNumber } : null;
}

function say(head: HTMLTableCellElement, order: Order | null): void {
    set(head, { "aria-sort": order && (order.isDescending ? "descending" : "ascending") });
}

function sort(table: HTMLTableElement, rows: Row[], order: Order | null): void {
    table.classList.toggle("sorted", order !== null); // which hides sums
    for (const row of rows) row.showName(order);
    table.tBodies[0].append(...inOrder(rows, order).map((row) => row.element));
}

function inOrder(rows: Row[], order: Order | null): Row[] {
    if (!order) return rows;
    const collator = new Intl.Collator("en", { numeric: true });
    const keyed = rows.map((row) => ({ row, value: row.value(order.column, order.isNumber) }));
    const known = keyed.filter(({ value }) => value !== null);
    const sign = order.isDescending ? -1 : 1;
    known.sort((one, other) => sign * compared(one.value!, other.value!, collator));
    return [...known, ...keyed.filter(({ value }) => value === null)].map(({ row }) => row);
}

function compared(one: number | string, other: number | string, collator: Intl.Collator): number {
    if (typeof one === "string" || typeof other === "string") return collator.compare(String(one), String(other));
    return one === other ? 0 : one - other;
}

/** The links of the rows are one stop of the tab key; arrows move among them. */
function moveByArrows(table: HTMLTableElement): void {
    const body = table.tBodies[0];
    const first = body.querySelector("a");
    if (first) first.tabIndex = 0;
    body.addEventListener("focusin", (event) => {
        const link = (event.target as Element).closest("a");
        if (!link) return;
        for (const other of body.querySelectorAll<HTMLElement>("a[tabindex='0']")) other.tabIndex = -1;
        link.tabIndex = 0;
    });
    body.addEventListener("keydown", (event) => {
        const links = [...body.querySelectorAll("a")].filter((link) => link.offsetParent);
        const to = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
        const place = links.indexOf(document.activeElement as HTMLAnchorElement);
        if (to === undefined || place < 0 || hasModifier(event)) return;
        event.preventDefault();
        links[Math.max(0, Math.min(place + to, links.length - 1))].focus();
    });
}
