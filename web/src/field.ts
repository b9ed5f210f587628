/** The receptive field: what the unit under the pointer sees of the inputs, how that grows, and ways to widen it. */
import type { App, View } from "./app";
import type { LayerId } from "./data";
import { withCode } from "./details/formatted";
import { h } from "./dom";
import { blockElement } from "./field/blocks";
import type { Interval } from "./field/boxes";
import { Growth } from "./field/growth";
import { InputFigure } from "./field/input_figure";
import { ModelFields } from "./field/model_fields";
import { Pixels } from "./field/pixels";
import { type Unit, UnitMap } from "./field/unit_map";

export type { FieldsData } from "./field/model_fields";

/** Of more inputs, only those are drawn that the layer sees, and not more than this. */
const MOST_DRAWN = 6;

export function fieldView(root: HTMLElement, app: App, model: number): View {
    return new FieldView(root, app, model);
}

class FieldView implements View {
    readonly #fields: ModelFields;
    readonly #figures = new Map<number, InputFigure>();
    readonly #growth: Growth;
    readonly #heading = h("p.whose");
    readonly #facts = h("div");
    readonly #mapPlace = h("div.map-place");
    readonly #inputPlace = h("div.inputs");
    readonly #words = h("div.words", { role: "status" });
    readonly #ways = h("div.ways");
    #selected: LayerId | null = null;
    /** The layer that is shown: the selected one, or another that the slider previews. */
    #layer: LayerId = 0;
    /** Where the chosen unit is, as a share of its map; null for the middle one. */
    #share: number[] | null = null;
    /** What is drawn of each input, once that is needed. */
    #windows: Interval[][] | null = null;

    constructor(private readonly root: HTMLElement, private readonly app: App, private readonly model: number) {
        this.#fields = new ModelFields(app, model);
        this.#growth = new Growth(
            (layer) => `${this.#fields.name(layer)}: ${this.#size(layer)}`,
            (layer) => this.#preview(layer),
        );
    }

    select(layer: LayerId | null): void {
        const shown = layer ?? this.#fields.last;
        if (!this.root.hasChildNodes()) this.#build();
        else if (layer === this.#selected && shown === this.#layer) return; // its unit stays chosen
        this.#selected = layer;
        this.#share = null;
        this.#growth.show(this.#fields.through(shown), shown);
        this.#showLayer(shown);
        this.#showWays();
    }

    #build(): void {
        this.root.append(
            h("h2", "Receptive field"),
            this.#heading,
            this.#growth.element,
            this.#facts,
            h("div.pictures", this.#mapPlace, this.#inputPlace),
            this.#words,
            this.#ways,
        );
    }

    /** Boxes glide from layer to layer, and follow the pointer at once. */
    #preview(layer: LayerId): void {
        this.#inputPlace.classList.add("gliding");
        this.#showLayer(layer);
    }

    #showLayer(layer: LayerId): void {
        this.#layer = layer;
        this.#showHeading();
        this.#showFacts();
        const [sizes] = this.#fields.view(layer);
        const unit = this.#unitOf(sizes);
        this.#mapPlace.replaceChildren(...(sizes.length ? [this.#map(layer, sizes, unit).element] : []));
        this.#showUnit(unit);
    }

    #map(layer: LayerId, sizes: readonly number[], unit: Unit): UnitMap {
        const fields = this.#fields;
        return new UnitMap(sizes, fields.lines(sizes.length), fields.name(layer), unit, (each, isChosen) => {
            if (isChosen) this.#share = each.map((place, axis) => (place + 0.5) / sizes[axis]);
            this.#inputPlace.classList.remove("gliding");
            this.#showUnit(each);
        });
    }

    /** The middle unit, as that of the command; once one is chosen, that in the same place. */
    #unitOf(sizes: readonly number[]): Unit {
        const share = this.#share;
        return sizes.map((size, axis) =>
            share?.length === sizes.length ? Math.floor(share[axis] * size) : Math.floor((size - 1) / 2),
        );
    }

    #showHeading(): void {
        const { app, model } = this;
        const [layer, selected, fields] = [this.#layer, this.#selected, this.#fields];
        const [words, shape] = fields.about(layer);
        const button = h("button", { onclick: () => app.select({ model, layer }) }, "Select this layer");
        const which = fields.isLastLocal(layer) ? "the last layer with a local field" : "the last layer";
        const why = `Nothing is selected: this is ${which}.`;
        this.#heading.replaceChildren(
            h("b", fields.name(layer)),
            h("span.soft", `${words}, ${shape}`),
            ...(layer === selected ? [] : [button]),
            ...(selected === null && layer === fields.last ? [h("span.soft", why)] : []),
        );
    }

    #showFacts(): void {
        const { data } = this.#fields;
        const lists = this.#fields.view(this.#layer)[1].map(([input, , , facts]) => {
            const pairs = facts.map((fact, index) => [this.#fields.text(data.facts[index]), this.#fields.text(fact)]);
            if (data.inputs.length > 1 && facts.length) pairs.unshift(["in", this.#fields.name(input)]);
            const shown = pairs.filter(([, fact]) => fact);
            const entries = shown.map(([label, fact]) => h("div", h("dt", label), h("dd", fact)));
            return h("dl.facts", ...entries);
        });
        this.#facts.replaceChildren(...lists);
    }

    /** The size of a field, which is the first of its facts, for the slider. */
    #size(layer: LayerId): string {
        const sights = this.#fields.view(layer)[1];
        return sights.map(([, , , facts]) => (facts.length ? this.#fields.text(facts[0]) : "")).join(", ");
    }

    #showUnit(unit: Unit): void {
        const fields = this.#fields;
        const inputs = [...fields.data.inputs.keys()];
        const sights = fields.view(this.#layer)[1];
        const sees = new Map(sights.map((sight) => [sight[0], sight]));
        const drawn = inputs.filter((input) => inputs.length <= MOST_DRAWN || sees.has(input)).slice(0, MOST_DRAWN);
        this.#place(drawn.map((input) => this.#figure(input).element));
        for (const input of drawn) {
            const sight = sees.get(input);
            const scene = sight ? fields.scene(sight, unit) : { box: null, status: "unseen" as const };
            this.#figure(input).show(scene, sight ? fields.largest(sight) : []);
        }
        const sentences = sights.map((sight) => fields.sentence(sight, unit));
        const unseen = inputs.filter((input) => !sees.has(input)).map((input) => fields.name(input));
        if (!sights.length) sentences.push("It sees nothing of any input.");
        else if (unseen.length) sentences.push(`It sees nothing of ${unseen.join(", ")}.`);
        this.#words.replaceChildren(...sentences.map((sentence) => h("p", sentence)));
    }

    /** Puts inputs into their place; those that are in it already stay, so that their boxes can glide. */
    #place(elements: HTMLElement[]): void {
        const { children } = this.#inputPlace;
        const isSame = children.length === elements.length && elements.every((each, index) => each === children[index]);
        if (!isSame) this.#inputPlace.replaceChildren(...elements);
    }

    #figure(input: number): InputFigure {
        const known = this.#figures.get(input);
        if (known) return known;
        const fields = this.#fields;
        const { sizes, pixels } = fields.data.inputs[input];
        this.#windows ??= fields.windows();
        const words = {
            name: fields.name(input),
            shape: fields.about(input)[1],
            pixels: pixels ? fields.text(pixels.words) : "",
            lines: fields.lines(sizes.length),
        };
        const made = new InputFigure(sizes, this.#windows[input], words, pixels && new Pixels(pixels));
        this.#figures.set(input, made);
        return made;
    }

    #showWays(): void {
        const [fields, selected] = [this.#fields, this.#selected];
        const { note } = fields.data;
        const elements = fields.ways(selected).map((block) => blockElement(block, (id) => fields.text(id)));
        if (selected === null && note !== null) elements.push(h("p.soft", ...withCode(fields.text(note))));
        this.#ways.replaceChildren(...elements);
        this.#ways.hidden = !elements.length;
    }
}
