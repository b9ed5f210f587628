/** Charts of a model below one another. A bar is in the same place in all of them: they share the order of the forward
 * pass. */
import type { App, View } from "./app";
import { Levels, type LevelData, type Scope } from "./charts/levels";
import { type Asked, Plot, type QuantityData } from "./charts/plot";
import { type Scale, sharedScale } from "./charts/scale";
import { Tip } from "./charts/tip";
import type { LayerId, TextId } from "./data";
import { h } from "./dom";

export interface ChartsData {
    /** More bars than this are not drawn next to each other. */
    most: number;
    /** How many of the model's layers are inputs, which come first and have no bar. */
    inputs: number;
    /** Parameters, MACs, memory. */
    quantities: QuantityData[];
    /** From the coarsest to the finest. */
    levels: LevelData[];
    /** Which of them has a bar for each entry. */
    entries: number;
    peak: { layer: LayerId; text: TextId };
}

/** The width beside the bars, and the least of a bar, in pixels. */
const BESIDE = 84;
const NARROWEST = 4;
/** With more bars than this, they have less room between them. */
const MANY = 60;
/** So many bars have their names below them; of more, the entries that they are in, if these are not too many. */
const NAMED = 16;
const MOST_BANDS = 80;
/** Which of the quantities is the memory. */
const MEMORY = 2;

export function chartsView(root: HTMLElement, app: App, model: number): View {
    return new Charts(root, app, model);
}

class Charts implements View {
    readonly #data: ChartsData;
    readonly #levels: Levels;
    readonly #plots: Plot[];
    readonly #tip: Tip;
    readonly #choice = h("select", { onchange: () => this.#show(Number(this.#choice.value)) });
    readonly #path = h("span.path");
    readonly #sheet = h("div.sheet");
    readonly #bands = h("div.bands", { "aria-hidden": "true" });
    readonly #peak: HTMLElement;
    readonly #scale: Scale;
    /** What is opened, from the outermost. */
    #opened: Scope[] = [];
    #level = 0;
    #bars: number[] = [];
    #selected: LayerId | null = null;

    constructor(root: HTMLElement, private readonly app: App, private readonly model: number) {
        this.#data = app.model(model).charts;
        this.#levels = new Levels(this.#data.levels, this.#data.entries, this.#data.inputs);
        this.#scale = sharedScale(app);
        this.#tip = new Tip(root);
        const asked: Asked = {
            choose: (place) => this.#choose(place),
            point: (place, plot) => this.#point(place, plot),
            leave: (place, by, plot) => this.#plots[this.#plots.indexOf(plot) + by]?.focus(place),
        };
        this.#plots = this.#data.quantities.map((quantity, index) => new Plot(app, quantity, index, asked));
        this.#plots[MEMORY].legend("the output", "everything else");
        const href = app.hash({ model, layer: this.#data.peak.layer });
        this.#peak = h("a.peak", { href }, app.text(this.#data.peak.text));
        this.#sheet.append(...this.#plots.map((plot) => plot.root), this.#bands);
        root.append(h("h2", "Charts"), this.#toolbar(), h("div.sheets", this.#sheet));
        this.#show();
    }

    select(layer: LayerId | null): void {
        this.#selected = layer;
        const place = layer === null ? -1 : this.#bars.indexOf(this.#levels.owner(this.#level, layer));
        for (const plot of this.#plots) plot.select(place);
    }

    // -- what is shown

    #toolbar(): HTMLElement {
        return h("div.bar", h("label", "Bars: ", this.#choice), this.#path, this.#sharing());
    }

    /** Whether charts of several models have the same scale. */
    #sharing(): HTMLElement | null {
        const box = h("input", { type: "checkbox", onchange: () => this.#scale.share(box.checked) });
        this.#scale.join(this.#plots, () => (box.checked = this.#scale.isShared));
        box.checked = this.#scale.isShared;
        if (this.app.data.models.length === 1) return null;
        return h("label.sharing", box, " the same scale for all models");
    }

    /** Shows a level inside what is opened. */
    #show(level = this.#usual()): void {
        const inside = this.#opened.at(-1);
        this.#level = level;
        this.#bars = this.#levels.inside(level, inside);
        const shown = this.#levels.data[level];
        this.#plots.forEach((plot, quantity) => {
            plot.show(shown, this.#bars, this.#bars.map((bar) => this.#label(bar, quantity)));
            plot.say(inside && this.#words(inside, quantity));
        });
        this.#plots[MEMORY].put(this.#peak, this.#bars.indexOf(this.#levels.owner(level, this.#data.peak.layer)));
        this.#sheet.style.minWidth = `${BESIDE + NARROWEST * this.#bars.length}px`;
        this.#sheet.classList.toggle("narrow", this.#bars.length > MANY);
        this.#offer();
        this.#showPath();
        this.#showBands();
        this.#scale.apply();
        this.select(this.#selected);
    }

    /** The levels whose bars are few enough to be told apart, inside what is opened. */
    #offered(): number[] {
        let before = this.#opened.length ? 1 : 0;
        const found = [...this.#levels.data.keys()].filter((level) => {
            const count = this.#levels.inside(level, this.#opened.at(-1)).length;
            const isOffered = count > before && count <= this.#data.most;
            if (isOffered) before = count;
            return isOffered;
        });
        return found.length ? found : [this.#data.entries];
    }

    /** The finest of entries with bars wide enough, if possible one that all models are shown at. */
    #usual(): number {
        const offered = this.#offered().filter((each) => each <= this.#data.entries);
        const isShared = (title: TextId) => this.app.data.models.every(({ charts: { levels, most } }) =>
            levels.some((level) => level.title === title && level.layers.length <= most));
        const shared = this.#opened.length ? [] : offered.filter((each) => isShared(this.#levels.data[each].title));
        return shared.at(-1) ?? offered.at(-1) ?? this.#data.entries;
    }

    #offer(): void {
        this.#choice.replaceChildren(...this.#offered().map((level) => {
            const count = this.#levels.inside(level, this.#opened.at(-1)).length;
            const title = this.app.text(this.#levels.data[level].title);
            return h("option", { value: level, selected: level === this.#level }, `${title} (${count})`);
        }));
    }

    /** The way back to what is around what is opened. */
    #showPath(): void {
        const names = this.#opened.map((scope) => this.#name(scope));
        const ways = ["whole model", ...names.slice(0, -1)].flatMap((name, depth) => [
            h("button", { onclick: () => this.#leave(depth) }, name),
            " › ",
        ]);
        this.#path.replaceChildren(...(names.length ? [...ways, h("b", names.at(-1))] : []));
    }

    /** What the bars are in, below them. */
    #showBands(): void {
        const isNamed = this.#bars.length <= NAMED;
        const { level, runs } = this.#levels.grouped(isNamed ? 0 : this.#level, this.#level, this.#bars);
        const inside = this.#opened.at(-1);
        this.#bands.hidden = runs.length > MOST_BANDS;
        const prefix = inside ? `${this.#name(inside)}.` : "";
        this.#bands.replaceChildren(...runs.map(([bar, length]) => {
            const name = this.#name({ level, bar });
            const band = h("div", h("span", name.startsWith(prefix) ? name.slice(prefix.length) : name));
            band.style.flexGrow = String(length);
            return band;
        }));
    }

    // -- one bar

    #first({ level, bar }: Scope): LayerId {
        return this.#levels.data[level].layers[bar];
    }

    #name(scope: Scope): string {
        const { names } = this.#levels.data[scope.level];
        return names ? this.app.text(names[scope.bar]) : this.app.layer(this.model, this.#first(scope)).name;
    }

    /** `conv1: 448 parameters, 1.2%`. */
    #label(bar: number, quantity: number): string {
        const scope = { level: this.#level, bar };
        const opens = this.#levels.isGroup(scope) ? "; opens" : "";
        return `${this.#name(scope)}: ${this.#words(scope, quantity)}${opens}`;
    }

    #words(scope: Scope, quantity: number): string {
        const { heights, peaks } = this.#levels.data[scope.level];
        const words = this.app.text(heights[quantity].words[scope.bar]);
        const at = this.app.layer(this.model, peaks?.[scope.bar] ?? this.#first(scope)).name;
        return quantity === MEMORY && at !== this.#name(scope) ? `${words}, at ${at}` : words;
    }

    /** Selects the layer of a bar, or opens a group. */
    #choose(place: number): void {
        const scope = { level: this.#level, bar: this.#bars[place] };
        if (!this.#levels.isGroup(scope)) {
            this.app.select({ model: this.model, layer: this.#first(scope) });
            return;
        }
        const plot = this.#plots.find((each) => each.has(document.activeElement));
        this.#opened = [...this.#opened, scope];
        this.#point(null);
        this.#show();
        plot?.focus(0);
    }

    #leave(depth: number): void {
        this.#opened = this.#opened.slice(0, depth);
        this.#show();
        this.#choice.focus();
    }

    #point(place: number | null, plot?: Plot): void {
        for (const each of this.#plots) each.point(place);
        if (place === null || !plot) return this.#tip.hide();
        const scope = { level: this.#level, bar: this.#bars[place] };
        const { words } = this.app.layer(this.model, this.#first(scope));
        const about = this.#levels.isGroup(scope) ? "click to open" : this.app.text(words);
        const lines = this.#plots.map((_, quantity) => this.#words(scope, quantity));
        this.#tip.show(plot.button(place), [this.#name(scope), about, ...lines], 2 + this.#plots.indexOf(plot));
    }
}
