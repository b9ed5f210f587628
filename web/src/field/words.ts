/** What a unit sees, in words. */
import { type Box, clip, type Interval, length } from "./boxes";

/** What there is along an axis: one of them, and several. */
export type Line = readonly [one: string, several: string];

/** Where padding is, before and after the input along each axis, by the number of axes. */
const SIDES: Record<number, readonly (readonly [string, string])[]> = {
    1: [["before", "after"]],
    2: [["above", "below"], ["on the left", "on the right"]],
    3: [["in front", "behind"], ["above", "below"], ["on the left", "on the right"]],
};

export const integer = (value: number): string => String(value).replace("-", "−");
export const times = (sizes: readonly number[]): string => sizes.join("×");
const counted = (count: number, [one, several]: Line): string => `${count} ${count === 1 ? one : several}`;
const joined = (parts: string[]): string =>
    parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;

/** `rows −1…5`, `row 3`, `all 28 rows`. */
export function span(seen: Interval | null, size: number, line: Line): string {
    if (seen === null) return size === 1 ? `the only ${line[0]}` : `all ${size} ${line[1]}`;
    const [first, last] = seen;
    return first === last ? `${line[0]} ${integer(first)}` : `${line[1]} ${integer(first)}…${integer(last)}`;
}

/** What follows "sees": `rows −1…5 and columns 1…7 of the input 28×28: 7×7 positions, of which 1 row above is padding`.
 */
export function boxWords(box: Box, sizes: readonly number[], lines: readonly Line[], input: string): string {
    const lengths = box.map((seen, axis) => (seen ? length(seen) : sizes[axis]));
    if (lengths.includes(0)) return `nothing of ${input}`;
    if (box.every((seen) => seen === null)) return `the whole of ${input}`;
    const places = joined(box.map((seen, axis) => span(seen, sizes[axis], lines[axis])));
    const isOne = lengths.every((each) => each === 1);
    return `${places} of ${input}: ${times(lengths)} ${isOne ? "position" : "positions"}${padding(box, sizes, lines)}`;
}

function padding(box: Box, sizes: readonly number[], lines: readonly Line[]): string {
    const parts: string[] = [];
    let only = 0;
    for (const [axis, seen] of box.entries()) {
        if (!seen) continue;
        if (length(clip(seen, sizes[axis])) === 0) return ", all of them padding, outside of the input";
        const amounts = [Math.max(-seen[0], 0), Math.max(seen[1] - sizes[axis] + 1, 0)];
        for (const [side, amount] of amounts.entries()) {
            if (!amount) continue;
            parts.push(`${counted(amount, lines[axis])} ${SIDES[sizes.length][axis][side]}`);
            only += amount;
        }
    }
    return parts.length ? `, of which ${joined(parts)} ${only === 1 ? "is" : "are"} padding` : "";
}
