/** The receptive field: what the unit under the pointer sees of the inputs, how that grows, and ways to widen it. */
import type { App, View } from "./app";
import type { LayerId, TextId } from "./data";
import { h } from "./dom";
import { type BlockData, blockElement } from "./field/blocks";
import { boxOf, type FieldData, type Interval, largest, type MapData, overhang } from "./field/boxes";
import { Growth } from "./field/growth";
import { InputFigure } from "./field/input_figure";
import { Pixels, type PixelsData } from "./field/pixels";
import type { Scene } from "./field/picture";
import { type Unit, UnitMap } from "./field/unit_map";
import { boxWords, type Line, times } from "./field/words";

export interface FieldsData {
    /** The inputs of the model, which are its first layers. */
    inputs: { sizes: number[]; pixels: PixelsData | null }[];
    /** What there is along the axes of a tensor, one and several, by the number of axes. */
    lines: [TextId, TextId][][];
    gated: TextId;
    /** The titles of the facts about a field. */
    facts: TextId[];
    maps: MapData[];
    fields: FieldData[];
    views: ViewData[];
    /** What each layer sees, as an index into `views`. */
    layers: number[];
    answers: WaysData[];
    misaligned: WaysData[];
    note: TextId | null;
}

/** What a layer sees: the sizes of its map, and how it sees each input. */
type ViewData = readonly [units: number[], sees: SightData[]];
type SightData = readonly [input: number, field: number, isChanged: 0 | 1, facts: TextId[], whyUnknown: TextId | null];

interface WaysData {
    layer: LayerId | null;
    blocks: BlockData[];
}

/** Of more inputs, only those are drawn that the layer sees, and not more than this. */
const MOST_DRAWN = 6;

export function fieldView(root: HTMLElement, app: App, model: number): View {
    return new FieldView(root, app, model);
}

class FieldView implements View {
    private readonly data: FieldsData;
    private readonly figures = new Map<number, InputFigure>();
    private readonly growth: Growth;
    private readonly heading = h("p", { class: "whose" });
    private readonly facts = h("div");
    private readonly mapPlace = h("div", { class: "map-place" });
    private readonly inputPlace: HTMLElement;
    private readonly words = h("div", { class: "words", role: "status" });
    private readonly ways = h("div", { class: "ways" });
    private selected: LayerId | null = null;
    /** The layer that is shown: the selected one, or another that the slider previews. */
    private layer: LayerId = 0;
    /** Where the chosen unit is, as a share of its map; null for the middle one. */
    private share: number[] | null = null;
    private margins: Interval[][] | null = null;
    private map: UnitMap | null = null;

    constructor(private readonly root: HTMLElement, private readonly app: App, private readonly model: number) {
        this.data = app.model(model).fields;
        this.inputPlace = h("div", { class: this.data.inputs.length > 1 ? "inputs several" : "inputs" });
        this.growth = new Growth((layer) => `${this.name(layer)}: ${this.sizeWords(layer)}`, (layer) => this.preview(layer));
    }

    select(layer: LayerId | null): void {
        if (!this.root.hasChildNodes()) this.build();
        this.selected = layer;
        this.share = null;
        const shown = layer ?? this.usual();
        this.growth.show(this.through(shown), shown);
        this.showLayer(shown);
        this.showWays();
    }

    private build(): void {
        this.root.append(
            h("h2", {}, "Receptive field"),
            this.heading,
            this.growth.element,
            this.facts,
            h("div", { class: "pictures" }, this.mapPlace, this.inputPlace),
            this.words,
            this.ways,
        );
    }

    private text(id: TextId): string {
        return this.app.text(id);
    }

    private name(layer: LayerId): string {
        return this.app.layer(this.model, layer).name;
    }

    private view(layer: LayerId): ViewData {
        return this.data.views[this.data.layers[layer]];
    }

    private lines(rank: number): Line[] {
        return this.data.lines[rank].map(([one, several]) => [this.text(one), this.text(several)]);
    }

    /** Shown while nothing is selected: the last layer with a local field, or the last one. */
    private usual(): LayerId {
        const answered = this.data.answers.find((answer) => answer.layer !== null);
        return answered?.layer ?? this.data.layers.length - 1;
    }

    private usualWords(): string {
        const isLocal = this.data.answers.some((answer) => answer.layer === this.layer);
        return ` Nothing is selected: this is the last layer${isLocal ? " with a local field" : ""}.`;
    }

    /** The layers on ways through this one that change what is seen, and this one. */
    private through(layer: LayerId): LayerId[] {
        const { layers } = this.app.model(this.model);
        const isOn = new Uint8Array(layers.length);
        isOn[layer] = 1;
        for (let each = layer + 1; each < layers.length; each++) if (layers[each].inputs.some((source) => isOn[source])) isOn[each] = 1;
        const above = [layer];
        while (above.length) {
            for (const source of layers[above.pop()!].inputs) {
                if (!isOn[source]) above.push(source);
                isOn[source] = 1;
            }
        }
        const isChanged = (each: LayerId) => this.view(each)[1].some(([, , changed]) => changed);
        return layers.map((_, each) => each).filter((each) => each === layer || (isOn[each] && isChanged(each)));
    }

    /** Boxes glide from layer to layer, and follow the pointer at once. */
    private preview(layer: LayerId): void {
        this.inputPlace.classList.add("gliding");
        this.showLayer(layer);
    }

    private showLayer(layer: LayerId): void {
        this.layer = layer;
        const [sizes] = this.view(layer);
        this.showHeading();
        this.showFacts();
        const unit = this.unitOf(sizes);
        this.map = sizes.length
            ? new UnitMap(sizes, this.lines(sizes.length), this.name(layer), unit, (each, isChosen) => {
                  if (isChosen) this.share = each.map((place, axis) => (place + 0.5) / sizes[axis]);
                  this.inputPlace.classList.remove("gliding");
                  this.showUnit(each);
              })
            : null;
        this.mapPlace.replaceChildren(...(this.map ? [this.map.element] : []));
        this.mapPlace.hidden = !this.map;
        this.mapPlace.className = `map-place rank-${sizes.length}`;
        this.showUnit(unit);
    }

    /** The middle unit, as that of the command; once one is chosen, that in the same place. */
    private unitOf(sizes: readonly number[]): Unit {
        const { share } = this;
        return sizes.map((size, axis) =>
            share?.length === sizes.length ? Math.floor(share[axis] * size) : Math.floor((size - 1) / 2),
        );
    }

    private showHeading(): void {
        const { layer, selected } = this;
        const { words, shape } = this.app.layer(this.model, layer);
        const isPreview = layer !== (selected ?? this.usual());
        const button = h("button", { type: "button", onclick: () => this.app.select({ model: this.model, layer }) }, "Select it");
        this.heading.replaceChildren(
            h("b", {}, this.name(layer)),
            h("span", { class: "soft" }, ` ${this.text(words)}, ${this.text(shape)} `),
            ...(layer !== selected ? [button] : []),
            ...(isPreview || selected !== null ? [] : [h("span", { class: "soft" }, this.usualWords())]),
        );
    }

    private showFacts(): void {
        const lists = this.view(this.layer)[1].map(([input, , , facts]) => {
            const shown = facts.map((fact, index) => [this.text(this.data.facts[index]), this.text(fact)]).filter(([, fact]) => fact);
            const title = this.data.inputs.length > 1 && facts.length ? h("div", {}, h("dt", {}, "in"), h("dd", {}, this.name(input))) : null;
            return h("dl", { class: "facts" }, title, ...shown.map(([label, fact]) => h("div", {}, h("dt", {}, label), h("dd", {}, fact))));
        });
        this.facts.replaceChildren(...lists);
    }

    /** The size of a field in words, for the slider. */
    private sizeWords(layer: LayerId): string {
        return this.view(layer)[1].map(([, , , facts]) => (facts.length ? this.text(facts[0]) : "")).join(", ");
    }

    // -- a unit

    private showUnit(unit: Unit): void {
        const { inputs, fields, maps } = this.data;
        const sights = this.view(this.layer)[1];
        const sees = new Map(sights.map((sight) => [sight[0], sight]));
        const drawn = (inputs.length > MOST_DRAWN ? sights.map(([input]) => input) : [...inputs.keys()]).slice(0, MOST_DRAWN);
        const elements = drawn.map((input) => this.figure(input).element);
        if (elements.some((each, index) => this.inputPlace.children[index] !== each) || this.inputPlace.children.length !== elements.length) {
            this.inputPlace.replaceChildren(...elements);
        }
        for (const input of drawn) {
            const sight = sees.get(input);
            if (!sight) {
                this.figure(input).show({ box: null, status: "unseen" }, []);
                continue;
            }
            const field = fields[sight[1]];
            const sizes = field[0] === "local" ? field[1].map((map) => (map === null ? null : largest(maps[map]))) : [];
            this.figure(input).show(sceneOf(field, maps, unit), sizes);
        }
        const sentences = sights.map((sight) => this.sentence(sight, unit));
        const unseen = [...inputs.keys()].filter((input) => !sees.has(input)).map((input) => this.name(input));
        if (!sights.length) sentences.push("It sees nothing of any input.");
        else if (unseen.length) sentences.push(`It sees nothing of ${unseen.join(", ")}.`);
        this.words.replaceChildren(...sentences.map((sentence) => h("p", {}, sentence)));
    }

    private sentence([input, field, , , why]: SightData, unit: Unit): string {
        const { inputs, fields, maps, gated } = this.data;
        const { sizes } = inputs[input];
        const subject = unit.length ? `Unit ${unit.join(",")}` : "Every unit";
        const object = `${inputs.length > 1 ? `input ${this.name(input)}` : "the input"} ${times(sizes)}`;
        const found = fields[field];
        if (found[0] === "global") return `${subject} sees the whole of ${object}.`;
        if (found[0] === "unknown") return `What ${subject.toLowerCase()} sees of ${object} is unknown: ${this.text(why!)}.`;
        if (found[0] === "vast") return `${subject} sees more than ${2 ** 53} positions: too many to be drawn around ${object}.`;
        const box = boxOf(found, maps, unit)!;
        const words = boxWords(box, sizes, this.lines(sizes.length), object);
        return `${subject} sees ${words}.${found[3] ? ` ${this.text(gated)}` : ""}`;
    }

    private figure(input: number): InputFigure {
        const known = this.figures.get(input);
        if (known) return known;
        const { sizes, pixels } = this.data.inputs[input];
        const { shape } = this.app.layer(this.model, input);
        this.margins ??= this.marginsOfAll();
        const words = {
            name: this.name(input),
            shape: this.text(shape),
            pixels: pixels ? this.text(pixels.words) : "",
            lines: this.lines(sizes.length),
        };
        const made = new InputFigure(sizes, this.margins[input], words, pixels && new Pixels(pixels));
        this.figures.set(input, made);
        return made;
    }

    /** What is drawn of each input: the same for all layers, so that fields grow while the input stays. A quarter of its
     * size of padding is drawn on each side at most. */
    private marginsOfAll(): Interval[][] {
        const { inputs, views, fields, maps } = this.data;
        const windows = inputs.map(({ sizes }) => sizes.map((size): [number, number] => [0, size - 1]));
        const known = new Map<string, [number, number]>();
        for (const [units, sights] of views) {
            for (const [input, number] of sights) {
                const field = fields[number];
                if (field[0] !== "local") continue;
                for (const [axis, map] of field[1].entries()) {
                    if (map === null) continue;
                    const [count, size] = [units[field[2][axis]], inputs[input].sizes[axis]];
                    const key = `${map},${count},${size}`;
                    const around = known.get(key) ?? overhang(maps[map], count, size);
                    known.set(key, around);
                    const most = Math.ceil(size / 4);
                    const window = windows[input][axis];
                    window[0] = Math.min(window[0], -Math.min(around[0], most));
                    window[1] = Math.max(window[1], size - 1 + Math.min(around[1], most));
                }
            }
        }
        return windows;
    }

    // -- ways to widen a field

    /** About the model if nothing is selected; about a layer if it is the one. */
    private showWays(): void {
        const { selected, data } = this;
        const isAbout = (ways: WaysData, input: number) =>
            selected === null || (ways.layer !== null && this.fieldIn(selected, input) === this.fieldIn(ways.layer, input));
        const blocks = [
            ...data.answers.filter((answer, input) => isAbout(answer, input)),
            ...data.misaligned.filter((merge) => selected === null || merge.layer === selected),
        ].flatMap((ways) => ways.blocks);
        const note = selected === null && data.note !== null ? h("p", { class: "soft" }, this.text(data.note)) : null;
        this.ways.replaceChildren(...blocks.map((block) => blockElement(block, (id) => this.text(id))), ...(note ? [note] : []));
        this.ways.hidden = !this.ways.hasChildNodes();
    }

    private fieldIn(layer: LayerId, input: number): number | null {
        return this.view(layer)[1].find(([each]) => each === input)?.[1] ?? null;
    }
}

function sceneOf(field: FieldData, maps: readonly MapData[], unit: Unit): Omit<Scene, "windows"> {
    if (field[0] === "global") return { box: null, status: "whole" };
    if (field[0] !== "local") return { box: null, status: "unknown" };
    return { box: boxOf(field, maps, unit), status: "box", isGated: field[3] === 1 };
}
