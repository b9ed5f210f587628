/** Colours of values. Both scales are told apart by lightness alone, too: viridis (by van der Walt and Smith, CC0) from
 * dark to bright, and one that is brightest at 0. */

export type Scale = "grey" | "colour" | "one" | "both";
export type Rgb = [number, number, number];

/** What the codes of a picture stand for (`forward/views/pictures.py`). */
export const LEVELS = 252;
export const SPECIAL: [code: number, name: string, colour: Rgb][] = [
    [253, "−∞", [0, 150, 136]],
    [254, "∞", [255, 87, 34]],
    [255, "NaN", [214, 0, 147]],
];

const STOPS: Record<Exclude<Scale, "colour">, Rgb[]> = {
    grey: [[0, 0, 0], [255, 255, 255]],
    one: [
        [68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99],
        [170, 220, 50], [253, 231, 37],
    ],
    both: [
        [8, 38, 92], [24, 84, 160], [78, 142, 206], [168, 203, 234], [248, 248, 248], [249, 208, 168], [232, 140, 72],
        [190, 78, 20], [104, 32, 0],
    ],
};

/** The colour of a share of the scale, from 0 to 1. */
export function colourAt(scale: Scale, share: number): Rgb {
    const stops = STOPS[scale === "colour" ? "grey" : scale];
    const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    return stops[low].map((from, part) => Math.round(from + (at - low) * (stops[low + 1][part] - from))) as Rgb;
}

export function ofCode(scale: Scale, code: number): Rgb {
    return code > LEVELS ? SPECIAL.find(([each]) => each === code)![2] : colourAt(scale, code / LEVELS);
}

export function ofValue(scale: Scale, value: number, low: number, high: number): Rgb {
    if (!Number.isFinite(value)) return SPECIAL[Number.isNaN(value) ? 2 : value > 0 ? 1 : 0][2];
    return colourAt(scale, low < high ? (value - low) / (high - low) : 0.5);
}

export function css([red, green, blue]: Rgb): string {
    return `rgb(${red},${green},${blue})`;
}

/** Whether black is easier to read on a colour than white (WCAG's relative luminance). */
export function isBright(colour: Rgb): boolean {
    const [red, green, blue] = colour.map((each) => {
        const part = each / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
