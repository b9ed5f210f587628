/** The boxes of units, exactly as `cnncalc/analysis/receptive_field.py` and `field_coverage.py` calculate them.
 *
 * All numbers are integers below 2^53, products too: Python leaves out fields that reach further, as `vast`. */

/** First and last position; the first is larger if there is none. */
export type Interval = readonly [first: number, last: number];

/** What the positions of a layer see along an axis of the input. Position i sees from `lows[i]` to `highs[i]`; the
 * pattern repeats after as many as there are, `advance` further on. In a causal map all begin at the `start`. */
export type MapData = readonly [
    advance: number, start: number | null, lows: readonly number[], highs: readonly number[],
];

/** The field of a layer in an input. Per axis of the input, its map (null: all of the axis) and the axis of the layer
 * along which it moves. */
export type FieldData =
    | readonly ["global" | "unknown" | "vast"]
    | readonly ["local", maps: readonly (number | null)[], carriers: readonly number[], isGated: 0 | 1];

/** What a unit sees of an input, per axis: null for all of it. Not clipped: padding is seen like anything else. */
export type Box = readonly (Interval | null)[];

export function interval([advance, start, lows, highs]: MapData, index: number): Interval {
    const turn = Math.floor(index / lows.length);
    const item = index - turn * lows.length;
    return [start ?? lows[item] + turn * advance, highs[item] + turn * advance];
}

/** The box of a unit; null if there is none, because all is seen or nothing is known. */
export function boxOf(field: FieldData, maps: readonly MapData[], unit: readonly number[]): Box | null {
    if (field[0] !== "local") return null;
    const [, axes, carriers] = field;
    return axes.map((map, axis) => (map === null ? null : interval(maps[map], unit[carriers[axis]])));
}

export const length = ([first, last]: Interval): number => Math.max(last - first + 1, 0);

/** The part of an interval inside of an input. */
export const clip = ([first, last]: Interval, size: number): Interval => [Math.max(first, 0), Math.min(last, size - 1)];

/** How far the boxes of so many units reach beyond an input, before and after it. */
export function overhang(map: MapData, units: number, size: number): [number, number] {
    const period = map[2].length;
    const near = Array.from({ length: Math.min(period, units) }, (_, unit) => unit);
    let [before, after] = [0, 0];
    for (const unit of [...near, ...near.map((each) => units - 1 - each)]) {
        const [first, last] = interval(map, unit);
        if (first > last) continue;
        before = Math.max(before, -first);
        after = Math.max(after, last - size + 1);
    }
    return [before, after];
}

/** The size of the largest box along an axis. */
export const largest = ([, , lows, highs]: MapData): number =>
    lows.reduce((most, low, item) => Math.max(most, highs[item] - low + 1), 0);
