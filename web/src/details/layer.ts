/** The panel of a layer. */
import type { App } from "../app";
import type { LayerId, ModelData } from "../data";
import { h, set } from "../dom";
import { copyLinkButton } from "./copy_link";
import type { EntryId, FurtherDetails, LayerDetails } from "./data";
import { derivation, legendList } from "./derivation";
import { detailsOf, entryNames, layersByEntry } from "./entries";
import { type Content, factList, layerLink, layerLinks } from "./parts";

export class LayerPanel {
    readonly #data: ModelData;
    readonly #entries: string[];
    readonly #layersOf: Map<EntryId, LayerId[]>;
    readonly #readers: LayerId[][];
    /** Sections that stay closed from one layer to the next, because they were closed by hand. */
    readonly #closed = new Set<string>(["Symbols"]);

    constructor(private readonly app: App, private readonly model: number) {
        this.#data = app.model(model);
        this.#entries = entryNames(this.#data);
        this.#layersOf = layersByEntry(this.#data);
        this.#readers = this.#data.layers.map(() => []);
        this.#data.layers.forEach(({ inputs }, layer) => {
            for (const source of new Set(inputs)) this.#readers[source].push(layer);
        });
    }

    show(layer: LayerId): Node[] {
        const details = detailsOf(this.#data, layer);
        const { name, words } = this.#data.layers[layer];
        return [
            this.#path(details),
            h("div.title", h("h2", { tabindex: -1, "aria-live": "polite" }, name), copyLinkButton()),
            ...(details ? this.#together(details, layer) : []),
            h("p.words", this.app.text(words), details?.[5]?.frozen ? h("span.tag", "frozen") : ""),
            this.#surroundings(layer, details?.[5]),
            ...(details ? this.#sections(details) : []),
        ];
    }

    /** The model, the groups that the layer is in, and where it is in them. */
    #path(details: LayerDetails | undefined): HTMLElement {
        const toModel = h("button.link", { onclick: () => this.app.select(null) }, this.#data.name);
        const crumbs = details ? this.#around(details[0]).map((entry) => this.#crumb(entry)) : [];
        return h("nav.path", { "aria-label": `Where it is in ${this.#data.name}` },
            h("ol", ...[toModel, ...crumbs].map((each) => h("li", each))));
    }

    #crumb(entry: EntryId): HTMLElement {
        const [, , , words, , end] = this.#data.details.entries[entry];
        const name = this.#entries[entry];
        const link = h("a", { href: this.app.hash({ model: this.model, layer: end }) }, name.slice(name.lastIndexOf(".") + 1));
        link.title = `${name}: ${this.app.text(words)}, ends in ${this.#data.layers[end].name}`;
        return link;
    }

    /** The entries around an entry, outermost first; what shares its name with the one around it is left out. */
    #around(entry: EntryId): EntryId[] {
        const outer = this.#data.details.entries[entry][0];
        if (outer < 0) return [];
        const before = this.#around(outer);
        return this.#entries[outer] === this.#entries[entry] || this.#entries[before.at(-1)!] === this.#entries[outer]
            ? before : [...before, outer];
    }

    /** The layers of its entry, if it has several: conv, batch_norm, relu. */
    #together([entry]: LayerDetails, selected: LayerId): HTMLElement[] {
        const layers = this.#layersOf.get(entry)!;
        if (layers.length < 2) return [];
        const links = layers.map((layer) => {
            const link = layerLink(this.app, this.model, layer, this.app.text(this.#data.layers[layer].kind));
            if (layer === selected) set(link, { "aria-current": "true" });
            return h("li", link);
        });
        const numbers = this.app.text(this.#data.details.entries[entry][6]);
        return [
            h("nav.together", { "aria-label": `Layers of ${this.#entries[entry]} in ${this.#data.name}` }, h("ul", ...links)),
            h("p.soft", `together ${numbers}`),
        ];
    }

    #surroundings(layer: LayerId, further: FurtherDetails = {}): HTMLElement {
        const { inputs, shape } = this.#data.layers[layer];
        const [app, model] = [this.app, this.model];
        const shapes = [...new Set(inputs.map((source) => app.text(this.#data.layers[source].shape)))];
        const facts: [string, ...Content[]][] = [["shape", [...shapes.join(", "), shapes.length ? " → " : "", app.text(shape)].join("")]];
        if (inputs.length) facts.push(["reads", ...layerLinks(app, model, inputs)]);
        facts.push(["read by", ...(this.#readers[layer].length ? layerLinks(app, model, this.#readers[layer]) : ["nothing"])]);
        if (further.copies !== undefined) facts.push(["copies", app.text(further.copies)]);
        if (further.shares !== undefined) facts.push(["weights of", layerLink(app, model, further.shares)]);
        if (further.like !== undefined) facts.push(["size of", layerLink(app, model, further.like)]);
        if (further.convention !== undefined) facts.push(["convention", app.text(further.convention)]);
        return factList(facts);
    }

    #sections(details: LayerDetails): HTMLElement[] {
        const [, explained, numbers, settings, fields] = details;
        const several = fields.length > 2;
        const found = [this.#section("Numbers", this.#numbers(numbers))];
        for (let index = 0; index < fields.length; index += 2) {
            const beside = several ? ` in ${this.app.text(fields[index])}` : "";
            found.push(this.#section(`Receptive field${beside}`, this.#pairs(fields[index + 1])));
        }
        found.push(this.#section("How the numbers come about", ...derivation(this.app, this.#data, explained)));
        const symbols = this.#symbols(explained);
        if (symbols) found.push(this.#section("Symbols", symbols));
        if (this.#data.details.tables[settings].length) found.push(this.#section("Settings", this.#settings(settings)));
        found.push(this.#section("Where it comes from", ...this.#place(details)));
        return found;
    }

    #section(title: string, ...content: Node[]): HTMLElement {
        const summary = h("summary", h("h3", title));
        const section = h("details", { open: !this.#closed.has(title) }, summary, ...content);
        section.addEventListener("toggle", () => {
            if (section.open) this.#closed.delete(title);
            else this.#closed.add(title);
        });
        return section;
    }

    #texts(table: number): string[][] {
        const { rows, tables } = this.#data.details;
        return tables[table].map((row) => rows[row].map((text) => this.app.text(text)));
    }

    #numbers(table: number): HTMLElement {
        const rows = this.#texts(table).map(([label, value, share]) =>
            h("tr", h("th", { scope: "row" }, label), h("td.number", value), h("td.soft", share)));
        return h("table.counts", h("tbody", ...rows));
    }

    #pairs(table: number): HTMLElement {
        return factList(this.#texts(table).map(([label, value]) => [label, value]));
    }

    #settings(table: number): HTMLElement {
        const rows = this.#texts(table).map(([name, value, usual, meaning]) => h("tr",
            h("th", { scope: "row", title: meaning }, h("code", name)),
            h("td", { class: usual ? "soft" : "" }, h("code", value)),
            h("td.soft", usual)));
        return h("table.settings", h("tbody", ...rows));
    }

    #symbols(explained: number | null): HTMLElement | null {
        if (explained === null) return null;
        const { derivations, legends } = this.#data.details;
        return legendList(this.app, legends[derivations[explained][0]]);
    }

    /** Where it is written, with the lines themselves, and the entries that it is there for. */
    #place([entry, , , , , further = {}]: LayerDetails): Node[] {
        const app = this.app;
        const { entries, places } = this.#data.details;
        const [file, line, column, quoted] = places[entries[entry][4]];
        const facts: [string, ...Content[]][] = [];
        if (further.origin !== undefined) facts.push(["called", h("code", app.text(further.origin))]);
        if (further.read !== undefined) facts.push(["read from", app.text(further.read)]);
        facts.push(["file", line ? `${app.text(file)}, line ${line}, column ${column}` : app.text(file)]);
        let inside = entries[entry][4];
        for (const each of this.#around(entry).reverse()) {
            const place = entries[each][4];
            if (!line || place === inside || places[place][1] === places[inside][1]) continue;
            inside = place;
            facts.push(["part of", this.#crumb(each), `, line ${places[place][1]}`]);
        }
        const text = app.text(quoted);
        const lines = text ? [h("p.soft", line ? "" : "In a spec it would be:"), h("pre.quoted", text)] : [];
        return [factList(facts), ...lines];
    }
}
