/** Exact values that travel with the page, for the layers that are shown step by step. */
import type { LayerId, TextId } from "../data";

export interface Packed {
    type: "int8" | "float32" | "float64";
    /** Base64, the smallest byte of each number first. */
    data: string;
}

/** Some channels of a tensor. */
export interface ExactMap extends Packed {
    channels: number[];
    sizes: number[];
    /** Whether these are all channels. */
    whole: boolean;
}

/** How the values of a layer are calculated, for its first channels. */
export interface StepsData {
    source: LayerId;
    /** What a position is called along each axis. */
    axes: string[];
    /** Per axis and position of the output: where its window reads, and with which tap of the kernel. */
    taps: [number, number][][][];
    step: number;
    /** Of the output. */
    channels: number;
    /** For each channel, the input channels that are shown. */
    terms: number[][];
    note?: TextId;

    /** A convolution: the kernels, term after term; what its sums are multiplied by; how many more input channels there
     * are, and what these add up to, window after window. */
    kernels?: Packed;
    kernel?: number[];
    bias?: string[];
    factors?: Packed & { texts: string[] };
    more?: string[];
    rest?: string;

    /** A pool: the positions that a mean counts, per axis, and how the value of each window is worked out: in texts in
     * which `#` stands for the next of the numbers. */
    counted?: [number, number][];
    ways?: string[];
    way?: number[] | null;
    numbers?: string;
}

const ARRAYS = { int8: Int8Array, float32: Float32Array, float64: Float64Array };

export function bytes(base64: string): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function unpacked({ type, data }: Packed): number[] {
    return Array.from(new ARRAYS[type](bytes(data).buffer));
}

/** A channel of a map: rows of values. A sequence is one row. */
export interface Plane {
    rows: number;
    columns: number;
    values: number[];
}

export class Maps {
    readonly #unpacked = new Map<LayerId, number[]>();

    constructor(private readonly maps: Record<LayerId, ExactMap>) {}

    isWhole(layer: LayerId): boolean {
        return this.maps[layer].whole;
    }

    /** All values of a layer that are here. */
    all(layer: LayerId): number[] {
        if (!this.#unpacked.has(layer)) this.#unpacked.set(layer, unpacked(this.maps[layer]));
        return this.#unpacked.get(layer)!;
    }

    plane(layer: LayerId, channel: number): Plane {
        const { channels, sizes } = this.maps[layer];
        const columns = sizes[sizes.length - 1];
        const rows = sizes.length > 1 ? sizes[0] : 1;
        const from = channels.indexOf(channel) * rows * columns;
        return { rows, columns, values: this.all(layer).slice(from, from + rows * columns) };
    }
}
