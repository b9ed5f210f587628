/** What boxes say and which colours they have: by kind, or by their share of a quantity. */
import type { App } from "../app";
import type { LayerId, TextId } from "../data";
import type { Box, GraphData, ShareData } from "./drawing";
import { layersIn, type Placed } from "./scene";

export type Change = "added" | "removed" | "changed";
/** How it is written at a box, so that changes are not told apart by colour alone. */
const SIGNED: Record<Change, string> = { added: "+ added", removed: "− removed", changed: "~ changed" };

/** From which share on a box has which colour, and what the legend says. */
const LEVELS: readonly (readonly [number, string])[] = [
    [0, "less than 1%"],
    [0.01, "1–5%"],
    [0.05, "5–10%"],
    [0.1, "10–25%"],
    [0.25, "25% or more"],
];

export class Looks {
    /** The quantity whose shares are shown; null where boxes are coloured by kind. */
    quantity: number | null = null;
    marks: ReadonlyMap<LayerId, Change> = new Map();

    constructor(
        private readonly app: App,
        private readonly data: GraphData,
    ) {}

    name({ name }: Box): string {
        return this.app.text(name);
    }

    /** What is written in the bar of an open box, the most important first. */
    heading(box: Box): string[] {
        const about = box.lines.map((line) => this.app.text(line)).join(" ");
        return [this.name(box), about, this.note(box), this.app.text(box.shape)].filter(Boolean);
    }

    /** What is written in a closed box, line by line, and which part of it each line is. */
    texts({ name, lines, shape }: Box): [string, string][] {
        const parts: [TextId, string][] = [[name, "name"], ...lines.map((line): [TextId, string] => [line, "line"]), [shape, "shape"]];
        return parts.map(([id, part]): [string, string] => [this.app.text(id), part]).filter(([text]) => text);
    }

    /** Its number of the quantity; by kind, that of its parameters. */
    note(box: Box): string {
        if (box.numbers < 0) return "";
        const share = this.#shareData(box);
        return this.app.text(share ? share.short : this.data.numbers[box.numbers].byKind);
    }

    /** Its share of the quantity; null if it is unknown, or none is asked for. */
    share(box: Box): number | null {
        return this.#shareData(box)?.share ?? null;
    }

    /** The class that gives it its colour. */
    colour(box: Box): string {
        if (this.quantity === null) return `family-${this.data.families[box.family].key}`;
        const share = this.#shareData(box);
        if (!share) return "level-none";
        return share.share === null ? "level-unknown" : `level-${levelOf(share.share)}`;
    }

    /** For those who hear the page, or speak to it: what is written in a box, word by word, and what it means. */
    label(placed: Placed): string {
        const { box, inside } = placed;
        const closed = [...this.texts(box).map(([text]) => text), this.note(box), this.mark(placed)];
        const written = inside ? this.heading(box) : closed.filter(Boolean);
        const parts = [written.join(" "), this.#meaning(box), box.isOutput ? "output of the model" : ""];
        return parts.filter(Boolean).join(", ");
    }

    /** Everything in full, where the pointer rests. */
    title({ words, numbers }: Box): string {
        const full = numbers < 0 ? [] : this.data.numbers[numbers].shares.map((share) => this.app.text(share.full));
        return [this.app.text(words), ...full].join("\n");
    }

    /** Which quantity its number is of, with all digits if some are not written. */
    #meaning(box: Box): string {
        if (box.numbers < 0) return "";
        const full = this.app.text(this.data.numbers[box.numbers].shares[this.quantity ?? 0].full);
        const number = (text: string) => text.split(" ")[0];
        if (number(full) !== number(this.note(box))) return full;
        return this.quantity === null ? "" : this.app.text(this.data.quantities[this.quantity].name);
    }

    /** How a box differs from the other model: as its layers do, if all do so in the same way. */
    change(placed: Placed): Change | null {
        if (!this.marks.size) return null;
        const changes = new Set(layersIn(placed).map((layer) => this.marks.get(layer)));
        if (changes.size > 1) return "changed";
        return [...changes][0] ?? null;
    }

    /** The same in words, with a sign. */
    mark(placed: Placed): string {
        const change = this.change(placed);
        return change ? SIGNED[change] : "";
    }

    /** What the shares are of, where boxes have one. */
    get whole(): string {
        return this.quantity === null ? "" : this.app.text(this.data.quantities[this.quantity].whole);
    }

    /** What the colours mean: their classes, and words. */
    legend(): [string, string][] {
        if (this.quantity !== null) {
            const unknown = this.data.numbers.some(({ shares }) => shares[this.quantity!].share === null);
            const levels = LEVELS.map(([, words], level): [string, string] => [`level-${level}`, words]);
            return unknown ? [...levels, ["level-unknown", "unknown"]] : levels;
        }
        const seen = new Set(this.data.drawings.flatMap(({ boxes }) => boxes.family));
        return [...seen].sort((a, b) => a - b).map((family) => {
            const { key, words } = this.data.families[family];
            return [`family-${key}`, this.app.text(words)];
        });
    }

    #shareData(box: Box): ShareData | null {
        return this.quantity === null || box.numbers < 0 ? null : this.data.numbers[box.numbers].shares[this.quantity];
    }
}

function levelOf(share: number): number {
    return LEVELS.filter(([from]) => share >= from).length - 1;
}
