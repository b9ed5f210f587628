/** The numbers of a window, written as `cnncalc forward --trace` writes them (`report/views/running/tensors.py`): what is
 * calculated from exact values in the page has to look the same as what is calculated there. */

export type Format = (value: number) => string;

/** One way to write all numbers of a map: exact with few digits if possible, otherwise 4 digits of the largest.
 * `step` is the one from 1 to the next number in the type of the values. */
export function formatter(values: Iterable<number>, step: number): Format {
    const finite: number[] = [];
    let largest = 0;
    for (const value of values) {
        if (!Number.isFinite(value)) continue;
        finite.push(Math.abs(value));
        largest = Math.max(largest, Math.abs(value));
    }
    const power = largest ? Math.floor(Math.log10(largest)) : 0;
    if (power >= 7 || power < -3) return scientific;
    const tolerance = 4 * step * largest;
    for (let digits = 0; digits < Math.max(4 - power, 1); digits++) {
        if (finite.every((value) => Math.abs(value - Number(fixed(value, digits))) <= tolerance)) return withDigits(digits);
    }
    return withDigits(Math.max(3 - power, 0));
}

/** The format that a number is written in. */
export function formatOf(text: string): Format {
    return text.includes("e") ? scientific : withDigits(text.split(".")[1]?.length ?? 0);
}

function withDigits(digits: number): Format {
    return (value) => tidy(Number.isFinite(value) ? fixed(value, digits) : named(value));
}

function scientific(value: number): string {
    if (!Number.isFinite(value)) return named(value);
    const [number, power] = toEven(3, (digits) => value.toExponential(digits)).split("e");
    return tidy(`${number}e${power[0]}${power.slice(1).padStart(2, "0")}`);
}

function fixed(value: number, digits: number): string {
    return toEven(digits, (each) => value.toFixed(each));
}

const MORE = 40;

/** Rounds what is exactly between two numbers to the even one, as Python does; JavaScript rounds it away from zero. */
function toEven(digits: number, written: (digits: number) => string): string {
    const rounded = written(digits);
    const [longer, power = ""] = written(digits + MORE).split("e");
    if (!/^50*$/.test(longer.slice(-MORE))) return rounded;
    const cut = longer.slice(0, -MORE).replace(/\.$/, "");
    return /[02468]$/.test(cut) ? (power ? `${cut}e${power}` : cut) : rounded;
}

function named(value: number): string {
    return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/** Without a minus before a zero. */
function tidy(text: string): string {
    return /^-[0.]*$/.test(text) ? text.slice(1) : text;
}

/** The sum, added in the order in which NumPy adds so few numbers, so that not even the last digit differs. */
export function sum(values: number[]): number {
    if (values.length < 8) return values.reduce((total, value) => total + value, 0);
    if (values.length > 128) {
        const half = (values.length >> 1) - ((values.length >> 1) % 8);
        return sum(values.slice(0, half)) + sum(values.slice(half));
    }
    const lanes = values.slice(0, 8);
    const whole = values.length - (values.length % 8);
    for (let index = 8; index < whole; index++) lanes[index % 8] += values[index];
    const [a, b, c, d, e, f, g, h] = lanes;
    return values.slice(whole).reduce((total, value) => total + value, a + b + (c + d) + (e + f + (g + h)));
}
