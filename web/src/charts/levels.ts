/** Ways to divide a model into bars, and what is inside one. */
import type { LayerId, TextId } from "../data";

export interface LevelData {
    title: TextId;
    /** The names of the bars; null where each is called as its first layer. */
    names: TextId[] | null;
    /** The first layer of each bar. */
    layers: LayerId[];
    /** The bar of each layer, in order: a bar, how many layers of it follow, the next bar, …; null for a bar per layer. */
    owners: number[] | null;
    /** Parameters, MACs, memory. */
    heights: HeightsData[];
    /** The layer of each bar during which most is alive, null for a bar per layer; and the memory of its output. */
    peaks: LayerId[] | null;
    outputs: number[];
}

export interface HeightsData {
    /** null where only a lower bound is known, which is in `bounds`. */
    values: (number | null)[];
    /** Bars and their bounds. */
    bounds: [number, number][];
    words: TextId[];
}

/** A bar of a level, whose inside is shown. */
export interface Scope {
    level: number;
    bar: number;
}

export class Levels {
    readonly #owners: (Int32Array | null)[];
    /** How many entries are in each bar, by level, once that was asked for. */
    readonly #counts = new Map<number, Int32Array>();

    /** Of the levels, `entries` has a bar for each entry; of the model's layers, the first are `inputs`. */
    constructor(readonly data: LevelData[], private readonly entries: number, private readonly inputs: number) {
        this.#owners = data.map((level) => level.owners && unrolled(level.owners));
    }

    /** The bar that a layer belongs to; -1 for an input. */
    owner(level: number, layer: LayerId): number {
        const place = layer - this.inputs;
        const owners = this.#owners[level];
        return place < 0 ? -1 : owners ? owners[place] : place;
    }

    /** The bars of a level: all of them, or those inside another bar. */
    inside(level: number, scope: Scope | undefined): number[] {
        const bars = [...this.data[level].layers.keys()];
        if (!scope) return bars;
        return bars.filter((bar) => this.owner(scope.level, this.data[level].layers[bar]) === scope.bar);
    }

    /** Whether there are several entries in a bar. */
    isGroup({ level, bar }: Scope): boolean {
        const counts = this.#counts.get(level) ?? new Int32Array(this.data[level].layers.length);
        if (!this.#counts.has(level)) {
            for (const layer of this.data[this.entries].layers) counts[this.owner(level, layer)]++;
            this.#counts.set(level, counts);
        }
        return counts[bar] > 1;
    }

    /** Which bars of a coarser level they are in, the coarsest up to `stop` that tells them apart, and how many follow
     * one another there. */
    grouped(stop: number, level: number, bars: number[]): { level: number; runs: [number, number][] } {
        for (let coarser = 0; coarser < stop; coarser++) {
            const runs: [number, number][] = [];
            for (const bar of bars) {
                const owner = this.owner(coarser, this.data[level].layers[bar]);
                const last = runs.at(-1);
                if (last?.[0] === owner) last[1]++;
                else runs.push([owner, 1]);
            }
            if (runs.length > 1) return { level: coarser, runs };
        }
        return { level, runs: bars.map((bar) => [bar, 1]) };
    }
}

function unrolled(lengths: number[]): Int32Array {
    const found: number[] = [];
    for (let index = 0; index < lengths.length; index += 2) {
        for (let times = lengths[index + 1]; times > 0; times--) found.push(lengths[index]);
    }
    return Int32Array.from(found);
}
