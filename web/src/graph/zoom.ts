/** How large the drawing is shown: as wide as there is room, until somebody asks for another size. */
import { set } from "../dom";
import type { Placed } from "./scene";

/** Around the drawing, for the cards of stacks and what marks boxes. */
const MARGIN = 14;
/** Smaller than this, texts are hard to read, and bars, which are 28 high, hard to touch: what does not fit is scrolled. */
const LEAST_FIT = 24 / 28;
const STEP = 1.25;
/** Drawings lower than this are printed on the first sheet, below the heading. */
const SHORT = 1000;
const LIMITS = [0.1, 2];
/** The size of the page's texts that the drawing is made for. */
const TEXT_SIZE = 14;

export class Zoom {
    scale = 1;
    #isFitted = true;
    #width = 0;
    #height = 0;

    constructor(
        readonly viewport: HTMLElement,
        private readonly drawing: SVGSVGElement,
    ) {
        new ResizeObserver(() => this.#isFitted && this.fit()).observe(viewport);
    }

    /** Takes the size of a new drawing. */
    resize(width: number, height: number): void {
        this.#width = width + 2 * MARGIN;
        this.#height = height + 2 * MARGIN;
        set(this.drawing, { viewBox: `${-MARGIN} ${-MARGIN} ${this.#width} ${this.#height}` });
        if (this.#isFitted) this.fit();
        else this.#apply(this.scale);
    }

    /** As wide as the viewport, but its texts neither larger than those of the page nor illegible. */
    fit(): void {
        this.#isFitted = true;
        const room = this.viewport.clientWidth;
        if (room) this.#apply(Math.min(textScale(), Math.max(LEAST_FIT, room / this.#width)));
    }

    /** Larger (1) or smaller (-1), about the middle of what is seen. */
    by(steps: number): void {
        const { viewport } = this;
        const before = this.scale;
        this.#isFitted = false;
        const x = viewport.scrollLeft + viewport.clientWidth / 2;
        const y = viewport.scrollTop + viewport.clientHeight / 2;
        this.#apply(Math.min(LIMITS[1], Math.max(LIMITS[0], before * STEP ** steps)));
        const factor = this.scale / before;
        viewport.scrollTo(x * factor - viewport.clientWidth / 2, y * factor - viewport.clientHeight / 2);
    }

    /** Where a point of the drawing is in the viewport. */
    seen(x: number, y: number): [number, number] {
        const { scale, viewport } = this;
        return [(x + MARGIN) * scale - viewport.scrollLeft, (y + MARGIN) * scale - viewport.scrollTop];
    }

    /** Scrolls so that a point of the drawing is at this place of the viewport. */
    scroll(x: number, y: number, [left, top]: [number, number]): void {
        this.viewport.scrollTo((x + MARGIN) * this.scale - left, (y + MARGIN) * this.scale - top);
    }

    /** Scrolls to a box, unless it is seen already. */
    reveal({ left, top, width, height }: Placed): void {
        const { viewport } = this;
        const [x, y] = this.seen(left, top);
        const [w, h] = [width * this.scale, height * this.scale];
        if (x >= 0 && y >= 0 && x + w <= viewport.clientWidth && y + Math.min(h, viewport.clientHeight) <= viewport.clientHeight) return;
        viewport.scrollBy({
            left: x + Math.min(w, viewport.clientWidth) / 2 - viewport.clientWidth / 2,
            top: y + Math.min(h, viewport.clientHeight) / 2 - viewport.clientHeight / 2,
            behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
        });
    }

    #apply(scale: number): void {
        this.viewport.classList.toggle("short", this.#height < SHORT);
        this.scale = scale;
        set(this.drawing, { width: this.#width * scale, height: this.#height * scale });
    }
}

/** How much larger than usual the texts of the page are. */
function textScale(): number {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) / TEXT_SIZE;
}
