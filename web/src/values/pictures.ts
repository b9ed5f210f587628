/** The maps of a layer as pictures, with a legend. */
import type { TextId } from "../data";
import { h, s } from "../dom";
import { LEVELS, type Rgb, type Scale, SPECIAL, css, ofCode } from "./colours";
import { bytes } from "./exact";

export interface LayerValues {
    /** The smallest and the largest value; and how many are no finite numbers. */
    range: [string, string];
    special?: TextId;
    /** Where inputs and weights come from. */
    from: TextId;
    /** A softmax: class and share of the largest; what the others are together. */
    bars?: [number, string][];
    rest?: TextId | null;
    /** A picture: which strip, how many channels, the sizes of each, what the first and the last colour stand for. */
    strip?: number;
    channels?: number;
    sizes?: number[];
    ends?: [string, string];
    colours?: Scale;
    caption?: TextId;
    /** The first position, as `cnncalc forward --trace` takes it, where values can be taken apart, but not here. */
    first?: string;
}

/** The width and height that a map is scaled up to, in px: one of several, and one alone. */
const [TILE, ALONE] = [128, 208];

/** `about` is what a screen reader says of each map besides its channel. */
export function pictures(values: LayerValues, strip: string, about: string): HTMLElement {
    const codes = bytes(strip);
    const [scale, sizes, channels] = [values.colours!, values.sizes!, values.channels!];
    const legend = legendOf(values, codes);
    if (!sizes.length) return h("div", bars(codes, scale, about), legend);
    const [rows, columns] = sizes.length > 1 ? sizes : [1, sizes[0]];
    const size = rows * columns;
    if (scale === "colour") {
        const all = picture(columns, rows, (at) => [0, 1, 2].map((part) => shade(codes[part * size + at])) as Rgb, about);
        return h("div.alone", h("figure", scaled(all, columns, rows, ALONE)));
    }
    const maps = Array.from({ length: channels }, (_, channel) => {
        const label = channels > 1 ? `Channel ${channel}. ${about}` : about;
        const canvas = picture(columns, rows, (at) => ofCode(scale, codes[channel * size + at]), label);
        const name = channels > 1 && h("figcaption", String(channel));
        return h("figure", sizes.length > 1 ? scaled(canvas, columns, rows, channels > 1 ? TILE : ALONE) : canvas, name);
    });
    return h("div", h("div", { class: sizes.length === 1 ? "rows" : channels > 1 ? "maps" : "alone" }, ...maps), legend);
}

function shade(code: number): number {
    return Math.round((Math.min(code, LEVELS) / LEVELS) * 255);
}

function picture(columns: number, rows: number, colour: (at: number) => Rgb, label: string): HTMLCanvasElement {
    const canvas = h("canvas", { width: columns, height: rows, role: "img", "aria-label": label });
    const context = canvas.getContext("2d")!;
    const image = context.createImageData(columns, rows);
    for (let at = 0; at < columns * rows; at++) image.data.set([...colour(at), 255], 4 * at);
    context.putImageData(image, 0, 0);
    return canvas;
}

/** Each value is a square of whole pixels. */
function scaled(canvas: HTMLCanvasElement, columns: number, rows: number, tile: number): HTMLCanvasElement {
    const side = Math.max(1, Math.floor(tile / Math.max(columns, rows)));
    canvas.style.width = `${side * columns}px`;
    return canvas;
}

/** A vector: one bar for each value, from 0 up or down. */
function bars(codes: Uint8Array, scale: Scale, about: string): SVGElement {
    const [width, height] = [8, 72];
    const zero = scale === "both" ? height / 2 : height;
    const drawn = Array.from(codes, (code, at) => {
        const isNumber = code <= LEVELS;
        const top = isNumber ? height * (1 - code / LEVELS) : 0;
        const bar = { x: at * width + 1, width: width - 2, y: Math.min(top, zero), height: Math.max(Math.abs(top - zero), 1) };
        return s("rect", isNumber ? bar : { ...bar, y: 0, height, fill: css(ofCode(scale, code)) });
    });
    const line = s("line", { x1: 0, x2: codes.length * width, y1: zero, y2: zero });
    return s(
        "svg.vector",
        {
            role: "img", "aria-label": about, preserveAspectRatio: "none",
            viewBox: `0 -1 ${codes.length * width} ${height + 2}`,
        },
        ...drawn, line,
    );
}

/** Which colour, or height of a bar, is which value. */
function legendOf(values: LayerValues, codes: Uint8Array): HTMLElement {
    const [low, high] = values.ends!;
    const special = SPECIAL.filter(([code]) => codes.includes(code));
    const names = special.map(([, name, colour]) => {
        const swatch = s("svg", { width: 12, height: 12, "aria-hidden": "true" }, s("rect", { width: 12, height: 12, fill: css(colour) }));
        return h("span.special", swatch, name);
    });
    if (!values.sizes!.length) return h("p.legend.soft", low === high ? null : `Bars from ${low} to ${high}.`, ...names);
    if (low === high) return h("p.legend.soft", ...names);
    const scale = values.colours!;
    const bar = picture(LEVELS / 4, 1, (at) => ofCode(scale, at * 4), `Colours from ${low} to ${high}`);
    const zero = scale === "both" && h("span.zero", "0");
    return h("p.legend.soft", low, h("span.scale", bar, zero), high, ...names);
}
