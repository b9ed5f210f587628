/** One window of a layer, taken apart: what `cnncalc forward --trace` prints of it (`report/views/running/trace.py`). */
import type { LayerId } from "../data";
import { type Maps, type Plane, type StepsData, unpacked } from "./exact";
import { type Format, formatOf, formatter, sum } from "./numbers";

/** What one input channel contributes; texts row by row. */
export interface Part {
    channel: number;
    patch: string[][];
    kernel: string[][] | null;
    products: string[][] | null;
    sum: string | null;
    /** Which value of the patch, in reading order, a pool chooses. */
    chosen?: number;
}

export interface Window {
    /** The positions that it reads; outside of the map they are padding. */
    places: { row: number; column: number; isInside: boolean }[];
    /** `rows 0 to 2, columns 1 to 3`. */
    reads: string;
    hasPadding: boolean;
    /** How padding is written. */
    padding: string;
    parts: Part[];
    /** `3 + (-1) + 2 (bias)`, `the largest`; null where there is nothing to calculate. */
    calculation: string | null;
    /** What input channels that are not shown contribute. */
    more: string | null;
    value: string;
}

type Taps = [number, number][];

/** A patch before it is written. */
interface Patch {
    values: number[];
    isInside: boolean[];
}

export class Windows {
    readonly #kernels: number[];
    readonly #factors: number[];
    readonly #rest: string[];
    readonly #numbers: string[];
    /** How many windows there are in a channel, and along each axis. */
    readonly counts: number[];
    readonly count: number;

    constructor(private readonly layer: LayerId, readonly data: StepsData, private readonly maps: Maps) {
        this.#kernels = data.kernels ? unpacked(data.kernels) : [];
        this.#factors = data.factors ? unpacked(data.factors) : [];
        this.#rest = data.rest?.split(" ") ?? [];
        this.#numbers = data.numbers ? data.numbers.split(" ") : [];
        this.counts = data.taps.map((along) => along.length);
        this.count = this.counts.reduce((product, count) => product * count, 1);
    }

    get isPool(): boolean {
        return !this.data.kernels;
    }

    source(channel: number): Plane {
        return this.maps.plane(this.data.source, channel);
    }

    output(channel: number): Plane {
        return this.maps.plane(this.layer, channel);
    }

    /** How all values of the input or of the output are written, if all are here. */
    format(of: "source" | "output"): Format | null {
        const layer = of === "source" ? this.data.source : this.layer;
        return this.maps.isWhole(layer) ? formatter(this.maps.all(layer), this.data.step) : null;
    }

    /** The position of a window, per axis. */
    position(index: number): number[] {
        return this.counts.length > 1 ? [Math.floor(index / this.counts[1]), index % this.counts[1]] : [index];
    }

    /** The outermost positions that any window reads. */
    reach(): { row: number; column: number }[] {
        const ends = this.data.taps.map((along): Taps => {
            const all = along.flat().map(([place]) => place);
            const [low, high] = [all.reduce((a, b) => Math.min(a, b), 0), all.reduce((a, b) => Math.max(a, b), 0)];
            return [[low, 0], [high, 0]];
        });
        return places(ends);
    }

    at(index: number, channel: number): Window {
        const axes = this.position(index).map((place, axis) => this.data.taps[axis][place]);
        const value = this.output(channel).values[index];
        const terms = this.data.terms[channel];
        const patches = terms.map((term) => patch(this.source(term), axes));
        const first = patches[0];
        const found = {
            places: places(axes).map((place, number) => ({ ...place, isInside: first.isInside[number] })),
            reads: this.#reads(axes),
            hasPadding: first.isInside.includes(false),
            value: formatter([value], this.data.step)(value),
        };
        const columns = axes[axes.length - 1].length;
        const own = this.isPool
            ? this.#pool(first, axes, index, channel, columns, value)
            : this.#convolution(patches, axes, index, channel, columns);
        return { ...found, ...own };
    }

    #convolution(patches: Patch[], axes: Taps[], index: number, channel: number, columns: number) {
        const { data } = this;
        const before = data.terms.slice(0, channel).reduce((count, terms) => count + terms.length, 0);
        const kernels = patches.map((_, number) => this.#kernel(before + number, axes));
        const products = patches.map(({ values }, number) => values.map((value, at) => value * kernels[number][at]));
        const sums = products.map(sum);
        const added = sums.map((each, number) => (data.factors ? each * this.#factors[before + number] : each));
        const forms = [patches.map(({ values }) => values), kernels, products].map((all) => formatter(all.flat(), data.step));
        const rest = data.rest ? this.#rest[channel * this.count + index] : null;
        const form = rest === null ? formatter([...sums, ...added], data.step) : formatOf(rest);
        const parts = patches.map((each, number): Part => ({
            channel: data.terms[channel][number],
            patch: rows(written(each, forms[0], "(0)"), columns),
            kernel: rows(kernels[number].map(forms[1]), columns),
            products: rows(products[number].map(forms[2]), columns),
            sum: form(sums[number]),
        }));
        const texts = sums.map((each, number) =>
            data.factors ? `${form(each)}·${signed(data.factors.texts[before + number])}` : form(each),
        );
        if (rest !== null) texts.push(rest);
        if (data.bias) texts.push(`${data.bias[channel]} (bias)`);
        const isResult = texts.length === 1 && !data.factors;
        return {
            padding: "(0) is padding.",
            parts,
            calculation: isResult ? null : [texts[0], ...texts.slice(1).map(signed)].join(" + "),
            more: rest === null ? null : `${data.more![channel]} more input channels add up to ${rest}.`,
        };
    }

    /** The weights that meet the positions of a window. */
    #kernel(number: number, axes: Taps[]): number[] {
        const sizes = this.data.kernel!;
        const from = number * sizes.reduce((product, size) => product * size, 1);
        if (axes.length === 1) return axes[0].map(([, tap]) => this.#kernels[from + tap]);
        return axes[0].flatMap(([, row]) => axes[1].map(([, column]) => this.#kernels[from + row * sizes[1] + column]));
    }

    #pool(first: Patch, axes: Taps[], index: number, channel: number, columns: number, value: number) {
        const { data } = this;
        const counts = axes.map((taps, axis) => {
            const [begin, end] = data.counted![axis];
            return taps.filter(([place]) => begin <= place && place < end).length;
        });
        const isCounted = counts.reduce((a, b) => a * b, 1) > first.isInside.filter(Boolean).length;
        const form = formatter(first.values, data.step);
        const at = channel * this.count + index;
        return {
            padding: isCounted ? "(0) is padding." : "– is padding, and does not count.",
            parts: [{
                channel: data.terms[channel][0],
                patch: rows(written(first, form, isCounted ? "(0)" : "–"), columns),
                kernel: null,
                products: null,
                sum: null,
                chosen: this.#numbers.length ? undefined : first.values.findIndex((each, at) => first.isInside[at] && each === value),
            }],
            calculation: data.ways![data.way?.[at] ?? 0].replace("#", () => this.#numbers[at]),
            more: null,
        };
    }

    #reads(axes: Taps[]): string {
        const parts = axes.map((taps, axis) => {
            const name = this.data.axes[axis];
            if (!taps.length) return `no ${name}`;
            const all = taps.map(([place]) => place);
            const [low, high] = [Math.min(...all), Math.max(...all)];
            return low < high ? `${name}s ${low} to ${high}` : `${name} ${low}`;
        });
        return parts.join(", ").replaceAll("-", "−");
    }
}

/** The positions of a window in reading order. */
function places(axes: Taps[]): { row: number; column: number }[] {
    const [along, across] = axes.length > 1 ? axes : [[[0, 0] as [number, number]], axes[0]];
    return along.flatMap(([row]) => across.map(([column]) => ({ row, column })));
}

function patch({ rows, columns, values }: Plane, axes: Taps[]): Patch {
    const all = places(axes);
    const isInside = all.map(({ row, column }) => 0 <= row && row < rows && 0 <= column && column < columns);
    return { isInside, values: all.map(({ row, column }, at) => (isInside[at] ? values[row * columns + column] : 0)) };
}

function written({ values, isInside }: Patch, form: Format, padding: string): string[] {
    return values.map((value, at) => (isInside[at] ? form(value) : padding));
}

function rows(texts: string[], columns: number): string[][] {
    return Array.from({ length: texts.length / (columns || 1) }, (_, row) => texts.slice(row * columns, (row + 1) * columns));
}

/** A negative number after an operator, in parentheses. */
function signed(text: string): string {
    const [, number, rest] = /^(\S*)(.*)$/.exec(text)!;
    return number.startsWith("-") ? `(${number})${rest}` : text;
}
