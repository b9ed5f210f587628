/** What is known of the fields of a model, and asked about them. */
import type { App } from "../app";
import type { LayerData, LayerId, TextId } from "../data";
import type { BlockData } from "./blocks";
import { boxOf, type FieldData, type Interval, largest, type MapData, overhang } from "./boxes";
import type { Scene } from "./picture";
import type { PixelsData } from "./pixels";
import type { Unit } from "./unit_map";
import { boxWords, type Line, times } from "./words";

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
export type ViewData = readonly [units: number[], sees: SightData[]];
export type SightData = readonly [
    input: number, field: number, isChanged: 0 | 1, facts: TextId[], whyUnknown: TextId | null,
];

/** A layer, and what is to be said about it. */
export interface WaysData {
    layer: LayerId | null;
    blocks: BlockData[];
}

export class ModelFields {
    readonly data: FieldsData;
    readonly #layers: LayerData[];
    readonly #app: App;

    constructor(app: App, model: number) {
        this.#app = app;
        this.data = app.model(model).fields;
        this.#layers = app.model(model).layers;
    }

    text(id: TextId): string {
        return this.#app.text(id);
    }

    name(layer: LayerId): string {
        return this.#layers[layer].name;
    }

    /** The kind with its settings, and the shape. */
    about(layer: LayerId): [words: string, shape: string] {
        const { words, shape } = this.#layers[layer];
        return [this.text(words), this.text(shape)];
    }

    view(layer: LayerId): ViewData {
        return this.data.views[this.data.layers[layer]];
    }

    lines(rank: number): Line[] {
        return this.data.lines[rank].map(([one, several]) => [this.text(one), this.text(several)]);
    }

    /** The last layer with a local field; if there is none, the last one. */
    get last(): LayerId {
        const answered = this.data.answers.find((answer) => answer.layer !== null);
        return answered?.layer ?? this.data.layers.length - 1;
    }

    isLastLocal(layer: LayerId): boolean {
        return this.data.answers.some((answer) => answer.layer === layer);
    }

    /** The layers on ways through this one that change what is seen, and this one. */
    through(layer: LayerId): LayerId[] {
        const layers = this.#layers;
        const isOn = new Uint8Array(layers.length);
        isOn[layer] = 1;
        for (let each = layer + 1; each < layers.length; each++) {
            if (layers[each].inputs.some((source) => isOn[source])) isOn[each] = 1;
        }
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

    /** What is drawn of each input: the same for all layers, so that fields grow while the input stays. Of padding, a
     * quarter of the input's size at most is drawn on each side. */
    windows(): Interval[][] {
        const { inputs, views, fields, maps } = this.data;
        const windows = inputs.map(({ sizes }) => sizes.map((size): [number, number] => [0, size - 1]));
        const known = new Set<string>();
        for (const [units, sights] of views) {
            for (const [input, number] of sights) {
                const field = fields[number];
                if (field[0] !== "local") continue;
                for (const [axis, map] of field[1].entries()) {
                    const count = units[field[2][axis]];
                    const key = `${input},${axis},${map},${count}`;
                    if (map === null || known.has(key)) continue;
                    known.add(key);
                    const size = inputs[input].sizes[axis];
                    const most = Math.ceil(size / 4);
                    const [before, after] = overhang(maps[map], count, size).map((each) => Math.min(each, most));
                    const window = windows[input][axis];
                    window[0] = Math.min(window[0], -before);
                    window[1] = Math.max(window[1], size - 1 + after);
                }
            }
        }
        return windows;
    }

    /** What a unit sees of an input, to be drawn. */
    scene([, number]: SightData, unit: Unit): Omit<Scene, "windows"> {
        const field = this.data.fields[number];
        if (field[0] === "global") return { box: null, status: "whole" };
        if (field[0] !== "local") return { box: null, status: "unknown" };
        return { box: boxOf(field, this.data.maps, unit), status: "box", isGated: field[3] === 1 };
    }

    /** The size of the largest box of a layer, per axis; null for all of it. */
    largest([, number]: SightData): (number | null)[] {
        const field = this.data.fields[number];
        return field[0] === "local" ? field[1].map((map) => (map === null ? null : largest(this.data.maps[map]))) : [];
    }

    /** What a unit sees of an input, in words. */
    sentence([input, number, , , why]: SightData, unit: Unit): string {
        const { inputs, fields, maps, gated } = this.data;
        const { sizes } = inputs[input];
        const field = fields[number];
        const subject = unit.length ? `Unit ${unit.join(",")}` : "Every unit";
        const object = `${inputs.length > 1 ? `input ${this.name(input)}` : "the input"} ${times(sizes)}`;
        const sees = `${subject.toLowerCase()} sees of ${object}`;
        if (field[0] === "global") return `${subject} sees the whole of ${object}.`;
        if (field[0] === "unknown") return `What ${sees} is unknown: ${this.text(why!)}.`;
        if (field[0] === "vast") return `What ${sees} reaches too far to be drawn.`;
        const words = boxWords(boxOf(field, maps, unit)!, sizes, this.lines(sizes.length), object);
        return `${subject} sees ${words}.${field[3] ? ` ${this.text(gated)}` : ""}`;
    }

    /** What is to be said about the model if no layer is selected; about a layer if it is the one. */
    ways(selected: LayerId | null): BlockData[] {
        const { answers, misaligned } = this.data;
        const isSeenAlike = (layer: LayerId | null, input: number) =>
            selected !== null && layer !== null && this.#fieldIn(selected, input) === this.#fieldIn(layer, input);
        const about = [
            ...answers.filter(({ layer }, input) => selected === null || isSeenAlike(layer, input)),
            ...misaligned.filter(({ layer }) => selected === null || layer === selected),
        ];
        return about.flatMap(({ blocks }) => blocks);
    }

    #fieldIn(layer: LayerId, input: number): number | null {
        return this.view(layer)[1].find(([each]) => each === input)?.[1] ?? null;
    }
}
