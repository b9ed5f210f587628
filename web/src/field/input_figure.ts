/** An input with the box of a unit in it; what is too small to be seen is shown a second time, closer. */
import { h } from "../dom";
import { type Box, type Interval, length } from "./boxes";
import { labelled, Picture, planesOf, type Scene } from "./picture";
import type { Pixels } from "./pixels";
import { type Line, span } from "./words";

export interface InputWords {
    name: string;
    shape: string;
    /** Where its pixels come from. */
    pixels: string;
    lines: readonly Line[];
}

/** A box drawn smaller than this is also shown closer. */
const SMALL = 18;

export class InputFigure {
    readonly element: HTMLElement;
    readonly #pictures: Picture[];
    readonly #closer: Picture | null;
    readonly #closerFigure: HTMLElement;
    readonly #closerWords = h("p.soft.beneath");
    readonly #beyond = h("p.soft.beneath", "The box extends beyond the drawing.");

    constructor(
        private readonly sizes: readonly number[], private readonly windows: readonly Interval[],
        private readonly words: InputWords, pixels: Pixels | null,
    ) {
        const rank = sizes.length;
        this.#pictures = planesOf(rank).map((plane) => new Picture(plane, sizes, pixels));
        this.#closer = rank < 3 ? new Picture(this.#pictures[0].plane, sizes, pixels) : null;
        this.#closerFigure = h(
            "figure",
            { class: `closer rank-${rank}` },
            h("figcaption", "Close-up"),
            this.#closer && h("div.planes", this.#closer.element),
            this.#closerWords,
        );
        const planes = this.#pictures.map(({ element, plane }) => labelled(element, plane, words.lines));
        this.element = h(
            "div.seen-input",
            h(
                "figure",
                { class: `rank-${rank}` },
                h("figcaption", h("b", words.name), ` ${words.shape}`),
                h("div.planes", ...planes),
                words.pixels && h("p.soft.beneath", words.pixels),
                this.#beyond,
            ),
            this.#closerFigure,
        );
    }

    /** `largest` is the largest box of the layer, per axis: whether it is shown closer does not depend on the unit. */
    show(scene: Omit<Scene, "windows">, largest: readonly (number | null)[]): void {
        const { box, status } = scene;
        const middle = this.sizes.map((size, axis) => {
            const [first, last] = box?.[axis] ?? [0, size - 1];
            return Math.min(Math.max(Math.floor((first + last) / 2), 0), size - 1);
        });
        for (const picture of this.#pictures) picture.show({ ...scene, windows: this.windows }, middle);
        this.#beyond.hidden = !box?.some((seen, axis) => seen && length(seen) && this.#isBeyond(seen, axis));
        this.element.dataset.box = JSON.stringify(status === "box" ? box : status);
        const windows = this.#closer && status === "box" && box ? this.#near(box, largest) : null;
        this.#closerFigure.hidden = windows === null;
        if (!windows || !this.#closer) return;
        this.#closer.show({ ...scene, windows }, middle);
        const places = windows.map((window, axis) => span(window, this.sizes[axis], this.words.lines[axis]));
        this.#closerWords.textContent = places.join(", ");
    }

    #isBeyond([first, last]: Interval, axis: number): boolean {
        return first < this.windows[axis][0] || last > this.windows[axis][1];
    }

    /** What is around a small box; null if it is large enough to be seen. */
    #near(box: Box, largest: readonly (number | null)[]): Interval[] | null {
        const per = Picture.per(this.#pictures[0].plane, this.windows);
        const isSmall = largest.some((size) => size !== null && size * per < SMALL);
        if (!isSmall || box.some((seen) => seen === null || length(seen) === 0)) return null;
        const found = box.map((seen, axis): Interval => {
            const extent = Math.max(3 * largest[axis]!, 12);
            const first = Math.floor((seen![0] + seen![1] + 1 - extent) / 2);
            return [first, first + extent - 1];
        });
        return found.every((window, axis) => 2 * length(window) < length(this.windows[axis])) ? found : null;
    }
}
