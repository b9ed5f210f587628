/** Drawings: as they travel, in columns, and as they are used, as boxes and edges. */
import type { LayerId, TextId } from "../data";
import { closedForm, type Form } from "./stretch";

/** Layers as runs: the first of a run and how many follow one another, then the next run. */
export type Runs = number[];

export interface GraphData {
    /** The first is the model with every group closed; the others are what is inside groups. */
    drawings: DrawingData[];
    /** What boxes are told apart by where they are coloured by kind: a class of CSS, and words for the legend. */
    families: { key: string; words: TextId }[];
    /** What boxes have a share of: its name, and what the share is of. */
    quantities: { name: TextId; whole: TextId }[];
    /** The numbers of boxes, each set of them once. */
    numbers: NumbersData[];
    measures: Measures;
}

export interface NumbersData {
    /** What is written in a box that is coloured by kind. */
    byKind: TextId;
    /** For each quantity. */
    shares: ShareData[];
}

export interface ShareData {
    /** What is written in a box. */
    short: TextId;
    /** The same in full. */
    full: TextId;
    /** From 0 to 1; null if it is unknown. */
    share: number | null;
}

/** Lengths that the layout has used. */
export interface Measures {
    /** Of the bar of an open group. */
    head: number;
    /** Beside what is inside it. */
    side: number;
    /** Above and below the boxes of a row. */
    margin: number;
    /** From line to line. */
    line: number;
    /** Of what is under the texts of a box: its number and its bar. */
    foot: number;
}

export interface DrawingData {
    width: number;
    height: number;
    /** Top and bottom of each row in turn. */
    rows: number[];
    /** Where edges come in at the top and leave at the bottom. */
    ins: number[];
    outs: number[];
    boxes: BoxColumns;
    edges: EdgeColumns;
}

/** What boxes are, one item per box; the last ones by the index of the box, for the few that have them. */
export interface BoxColumns {
    x: number[];
    y: number[];
    width: number[];
    height: number[];
    row: number[];
    name: TextId[];
    lines: TextId[][];
    shape: TextId[];
    /** What it is, in full. */
    words: TextId[];
    family: number[];
    /** The layers in it; of a box that stands for equal copies, those of the first. */
    layers: Runs[];
    /** Indices of sets of numbers; an input has none, -1. */
    numbers: number[];
    /** How many copies it stands for. */
    times: Record<number, number>;
    /** The layers of the other copies. */
    copies: Record<number, Runs[]>;
    inside: Record<number, number>;
    outputs: Record<number, 1>;
}

export interface EdgeColumns {
    /** Indices of boxes; -1 for what comes in from outside. */
    source: number[];
    target: number[];
    sourcePort: number[];
    targetPort: number[];
    leaves: number[];
    enters: number[];
    lanes: Record<number, number[]>;
    sizeAlone: Record<number, 1>;
}

/** A layer with its norm and activation, a group, or equal copies of one: what a drawing shows as a box. */
export interface Box {
    index: number;
    x: number;
    y: number;
    width: number;
    height: number;
    row: number;
    name: TextId;
    lines: TextId[];
    shape: TextId;
    words: TextId;
    family: number;
    numbers: number;
    isOutput: boolean;
    /** Of how many equal copies it is the first. */
    times: number;
    /** The layers of each copy, in the same order: of a box of ×3 in one of ×2, all six. */
    instances: LayerId[][];
    /** The drawing of what is inside; -1 if there is nothing to open. */
    inside: number;
}

export interface Edge {
    index: number;
    /** Null for what comes in from outside, or leaves. */
    source: Box | null;
    target: Box | null;
    sourcePort: number;
    targetPort: number;
    leaves: number;
    enters: number;
    lanes: number[];
    isSizeAlone: boolean;
}

/** A drawing with its boxes as objects, which are made when it is shown. */
export class Drawing {
    readonly boxes: Box[];
    readonly edges: Edge[];
    /** By index of a box. */
    readonly leaving: Edge[][];
    readonly entering: Edge[][];
    /** With everything closed. */
    readonly form: Form;
    #places: Map<LayerId, Place> | null = null;

    constructor(readonly data: DrawingData) {
        const { boxes, edges } = data;
        this.boxes = boxes.x.map((x, index) => ({
            index,
            x,
            y: boxes.y[index],
            width: boxes.width[index],
            height: boxes.height[index],
            row: boxes.row[index],
            name: boxes.name[index],
            lines: boxes.lines[index],
            shape: boxes.shape[index],
            words: boxes.words[index],
            family: boxes.family[index],
            numbers: boxes.numbers[index],
            isOutput: index in boxes.outputs,
            times: boxes.times[index] ?? 1,
            instances: [boxes.layers[index], ...(boxes.copies[index] ?? [])].map(layersOf),
            inside: boxes.inside[index] ?? -1,
        }));
        this.edges = edges.source.map((source, index) => ({
            index,
            source: this.boxes[source] ?? null,
            target: this.boxes[edges.target[index]] ?? null,
            sourcePort: edges.sourcePort[index],
            targetPort: edges.targetPort[index],
            leaves: edges.leaves[index],
            enters: edges.enters[index],
            lanes: edges.lanes[index] ?? [],
            isSizeAlone: index in edges.sizeAlone,
        }));
        this.form = closedForm(this);
        this.leaving = this.boxes.map(() => []);
        this.entering = this.boxes.map(() => []);
        for (const edge of this.edges) {
            if (edge.source) this.leaving[edge.source.index].push(edge);
            if (edge.target) this.entering[edge.target.index].push(edge);
        }
    }

    /** The box that a layer is in, and in which of its instances; none if it is in no box of this drawing. */
    place(layer: LayerId): Place | undefined {
        this.#places ??= placesIn(this.boxes);
        return this.#places.get(layer);
    }
}

export interface Place {
    box: Box;
    instance: number;
}

function placesIn(boxes: Box[]): Map<LayerId, Place> {
    const places = new Map<LayerId, Place>();
    for (const box of boxes) {
        box.instances.forEach((layers, instance) => {
            for (const layer of layers) places.set(layer, { box, instance });
        });
    }
    return places;
}

function layersOf(runs: Runs): LayerId[] {
    const layers: LayerId[] = [];
    for (let index = 0; index < runs.length; index += 2) {
        for (let step = 0; step < runs[index + 1]; step++) layers.push(runs[index] + step);
    }
    return layers;
}
