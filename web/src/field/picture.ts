/** A plane of an input or of a layer's map, with a box in it. */
import { h, s, set } from "../dom";
import { type Box, type Interval, length } from "./boxes";
import type { Pixels } from "./pixels";
import type { Line } from "./words";

/** The axes that run down and across; a strip has none that runs down. */
export interface Plane {
    down: number | null;
    across: number;
}

/** What to draw: the part of each axis that is in sight, and what is seen of it. */
export interface Scene {
    windows: readonly Interval[];
    /** Null along an axis that is seen whole; null for none. */
    box: Box | null;
    /** `whole`: everything; `unknown`: hatched all over; `box`: the box, if there is any. */
    status: "box" | "whole" | "unknown" | "unseen";
    isGated?: boolean;
}

const LONGEST = 260;
const STRIP = { width: 560, height: 30 };
/** Nothing that matters is drawn smaller than this. */
const LEAST = 3;
/** To what is smaller than this, lines lead. */
const SMALL = 10;
/** Around what is drawn, so that frames at its border are not cut off. */
const EDGE = 3;
/** Grid lines are at least this far apart. */
const GRID = 6;
let pictures = 0;

/** One plane of a tensor with so many axes, three of a volume: from the front, from the side and from above, as
 * in technical drawings. */
export function planesOf(rank: number): Plane[] {
    if (rank === 1) return [{ down: null, across: 0 }];
    if (rank === 2) return [{ down: 0, across: 1 }];
    return [{ down: 1, across: 2 }, { down: 1, across: 0 }, { down: 0, across: 2 }];
}

/** A plane of a volume says which it is. */
export function labelled(element: HTMLElement, { down, across }: Plane, lines: readonly Line[]): HTMLElement {
    if (lines.length < 3 || down === null) return element;
    const label = h("span.soft", `${lines[down][1]} × ${lines[across][1]}`);
    return h("div.labelled", element, label);
}

interface Rectangle {
    x: number;
    y: number;
    width: number;
    height: number;
}

/** An axis on the screen: where a position begins. */
class Scale {
    readonly per: number;
    readonly extent: number;

    constructor(readonly window: Interval, inner: number) {
        this.per = inner / length(window);
        this.extent = inner + 2 * EDGE;
    }

    at(position: number): number {
        return EDGE + (position - this.window[0]) * this.per;
    }

    /** The position at a place, or the nearest one. */
    position(place: number): number {
        const [first, last] = this.window;
        return Math.min(Math.max(first + Math.floor((place - EDGE) / this.per), first), last);
    }

    /** A little beyond the edge, whatever is further. */
    near(place: number): number {
        return Math.min(Math.max(place, -20), this.extent + 20);
    }

    stretch(seen: Interval): [from: number, size: number] {
        const from = this.near(this.at(seen[0]));
        const size = this.near(this.at(seen[1] + 1)) - from;
        return size >= LEAST ? [from, size] : [from + (size - LEAST) / 2, LEAST];
    }
}

type Part = "input" | "inside" | "gate" | "unknown" | "border" | "padding" | "seen" | "halo" | "frame";

export class Picture {
    readonly element = document.createElement("div");
    readonly #svg = s("svg", { "aria-hidden": "true" });
    readonly #canvas: HTMLCanvasElement | null;
    readonly #id = `field-${++pictures}`;
    readonly #parts: Record<Part, SVGRectElement>;
    readonly #lines: Record<"grid" | "guides" | "beyond", SVGPathElement>;
    readonly #pattern: SVGPatternElement;
    #shown = "";

    constructor(
        readonly plane: Plane, private readonly sizes: readonly number[], private readonly pixels: Pixels | null = null,
    ) {
        const rectangle = (name: string, attributes = {}) => s("rect", { class: name, ...attributes });
        const hatch = (name: string) => s("rect", { class: name, fill: `url(#${this.#id}-hatch)` });
        this.#parts = {
            input: rectangle("input"),
            inside: rectangle("inside"),
            gate: rectangle("gate"),
            unknown: hatch("unknown"),
            border: rectangle("border"),
            padding: hatch("padding"),
            seen: rectangle("seen"),
            halo: rectangle("halo"),
            frame: rectangle("frame"),
        };
        this.#lines = { grid: s("path.grid"), guides: s("path.guides"), beyond: s("path") };
        this.#pattern = s(
            "pattern",
            {
                id: `${this.#id}-hatch`, width: 6, height: 6,
                patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)",
            },
            s("rect.hatch", { width: 1.5, height: 6 }),
        );
        const { input, inside, gate, unknown, border, padding, seen, halo, frame } = this.#parts;
        this.#svg.append(
            s(
                "defs",
                this.#pattern,
                s("clipPath", { id: `${this.#id}-inside` }, inside),
                s("clipPath", { id: `${this.#id}-beyond` }, this.#lines.beyond),
            ),
            input,
            this.#lines.grid,
            unknown,
            gate,
            border,
            s("g", { "clip-path": `url(#${this.#id}-beyond)` }, padding),
            s("g", { "clip-path": `url(#${this.#id}-inside)` }, seen),
            this.#lines.guides,
            halo,
            frame,
        );
        set(this.#lines.beyond, { "clip-rule": "evenodd" });
        this.#canvas = pixels && document.createElement("canvas");
        this.element.className = plane.down === null ? "plane strip" : "plane";
        this.element.append(...(this.#canvas ? [this.#canvas] : []), this.#svg);
    }

    /** Draws the scene; `at` is where a volume is cut. */
    show({ windows, box, status, isGated = false }: Scene, at: readonly number[] = []): void {
        const [down, across] = this.#scales(windows);
        this.#drawGround(down, across, at);
        const whole = this.#rectangle(down, across, this.sizes.map(() => null));
        const isEmpty = box === null || box.some((seen) => seen !== null && length(seen) === 0);
        const seen = isEmpty ? (status === "whole" ? whole : null) : this.#rectangle(down, across, box);
        for (const part of [this.#parts.padding, this.#parts.seen, this.#parts.halo, this.#parts.frame]) place(part, seen);
        set(this.#lines.guides, { d: seen && status === "box" ? this.#guides(seen, down, across) : "" });
        place(this.#parts.gate, isGated ? whole : null);
        place(this.#parts.unknown, status === "unknown" ? whole : null);
        this.element.classList.toggle("unseen", status === "unseen");
    }

    /** The positions along the axes that run down and across, at a point of the page. */
    at(event: PointerEvent, windows: readonly Interval[]): [axis: number, position: number][] {
        const { left, top, width, height } = this.#svg.getBoundingClientRect();
        const { down, across } = this.plane;
        const [vertical, horizontal] = this.#scales(windows);
        const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
        const found: [number, number][] = [[across, horizontal.position(x * horizontal.extent)]];
        if (down !== null) found.push([down, vertical.position(y * vertical.extent)]);
        return found;
    }

    /** How large a position is drawn, in pixels of a picture in its full size. */
    static per(plane: Plane, windows: readonly Interval[]): number {
        if (plane.down === null) return STRIP.width / length(windows[plane.across]);
        return LONGEST / Math.max(...windows.map(length)); // the planes of a volume are drawn to one scale
    }

    #scales(windows: readonly Interval[]): [down: Scale, across: Scale] {
        const { down, across } = this.plane;
        if (down === null) return [new Scale([0, 0], STRIP.height), new Scale(windows[across], STRIP.width)];
        const per = Picture.per(this.plane, windows);
        const extent = (axis: number) => Math.max(length(windows[axis]) * per, 24);
        return [new Scale(windows[down], extent(down)), new Scale(windows[across], extent(across))];
    }

    /** Lines that lead the eye to a box too small to be found. */
    #guides({ x, y, width, height }: Rectangle, down: Scale, across: Scale): string {
        const [middle, centre] = [y + height / 2, x + width / 2];
        if (this.plane.down === null) return "";
        const upright = `M${centre} 0V${y}M${centre} ${y + height}V${down.extent}`;
        const level = `M0 ${middle}H${x}M${x + width} ${middle}H${across.extent}`;
        return (width < SMALL ? upright : "") + (height < SMALL ? level : "");
    }

    #rectangle(down: Scale, across: Scale, box: Box): Rectangle {
        const along = (axis: number | null, scale: Scale) =>
            scale.stretch(axis === null ? [0, 0] : box[axis] ?? [0, this.sizes[axis] - 1]);
        const [[y, height], [x, width]] = [along(this.plane.down, down), along(this.plane.across, across)];
        return { x, y, width, height };
    }

    /** What does not depend on the box: the input with its border, its pixels or a grid. */
    #drawGround(down: Scale, across: Scale, at: readonly number[]): void {
        const state = JSON.stringify([down, across, this.#canvas && at]);
        if (state === this.#shown) return;
        this.#shown = state;
        const [width, height] = [across.extent, down.extent];
        set(this.#svg, { viewBox: `0 0 ${width} ${height}` });
        this.element.style.maxWidth = `${width}px`;
        this.element.closest<HTMLElement>(".planes")?.style.setProperty(`--across-${this.plane.across}`, `${width}fr`);
        const whole = this.#rectangle(down, across, this.sizes.map(() => null));
        for (const part of [this.#parts.input, this.#parts.inside, this.#parts.border]) place(part, whole);
        const { x, y } = whole;
        const [right, bottom] = [x + whole.width, y + whole.height];
        const around = `M-30-30H${width + 30}V${height + 30}H-30Z`;
        set(this.#lines.beyond, { d: `${around}M${x} ${y}H${right}V${bottom}H${x}Z` });
        const columns = gridLines(across, x, right).map((place) => `M${place} ${y}V${bottom}`);
        const levels = this.plane.down === null ? [] : gridLines(down, y, bottom);
        const rows = levels.map((place) => `M${x} ${place}H${right}`);
        set(this.#lines.grid, { d: [...columns, ...rows].join("") });
        this.element.classList.toggle("fine", across.per < GRID);
        if (this.#canvas && this.pixels) this.#drawPixels(this.#canvas, this.pixels, whole, [down, across], at);
    }

    #drawPixels(
        canvas: HTMLCanvasElement, pixels: Pixels, whole: Rectangle, [down, across]: [Scale, Scale],
        at: readonly number[],
    ): void {
        const sharp = 2;
        [canvas.width, canvas.height] = [Math.round(across.extent * sharp), Math.round(down.extent * sharp)];
        const context = canvas.getContext("2d")!;
        context.scale(sharp, sharp);
        context.imageSmoothingEnabled = false;
        context.beginPath();
        context.rect(whole.x, whole.y, whole.width, whole.height);
        context.clip(); // the last value may be the mean of fewer positions
        const image = pixels.plane(this.plane.down, this.plane.across, at);
        const width = image.width * pixels.step(this.plane.across) * across.per;
        const height = image.height * pixels.step(this.plane.down) * down.per;
        context.drawImage(image, across.at(0), down.at(0), width, height);
    }
}

/** Where lines are between positions; between every few if positions are small. */
function gridLines(scale: Scale, from: number, to: number): number[] {
    let step = 1;
    while (step * scale.per < GRID) step *= 2;
    const first = Math.ceil(scale.window[0] / step) * step;
    const places: number[] = [];
    for (let position = first; position <= scale.window[1]; position += step) {
        const place = scale.at(position);
        if (place > from + 0.5 && place < to - 0.5) places.push(Math.round(place * 100) / 100);
    }
    return places;
}

/** As properties rather than attributes: these can glide. */
function place(element: SVGRectElement, rectangle: Rectangle | null): void {
    element.style.display = rectangle ? "" : "none";
    if (!rectangle) return;
    for (const [name, value] of Object.entries(rectangle)) element.style.setProperty(name, `${value}px`);
}
