/** Draws what is seen: frames, boxes and edges as SVG. What is written in a box is asked of its `Looks`. */
import { s } from "../dom";
import { edgePath, type EdgeThere } from "./edges";
import type { Edge, Measures } from "./drawing";
import type { Looks } from "./looks";
import type { Frame, Placed } from "./scene";
import type { Part } from "./stops";
import { NAME_FONT, TAG_FONT, TEXT_FONT, widthOf } from "./text";

/** Of a button in a bar, as high as it is. */
const BUTTON = 28;
/** Between the cards of a stack. */
const CARD = 4;
/** Before the text of a bar. */
const INDENT = 10;

/** Of the blank after each text, by which programs that read them tell them apart. */
const SPACE = 3.3;

const countWidth = (times: number) => 30 + 14 * String(times).length;
/** Of what is at the right of a bar: the buttons that show other copies, and the sign that it closes. */
const controlsWidth = (times: number) => BUTTON + 14 + (times > 1 ? 2 * BUTTON + countWidth(times) : 0);

export class Painter {
    constructor(
        private readonly looks: Looks,
        private readonly measures: Measures,
    ) {}

    /** How wide an open box has to be for what is in its bar. */
    leastWidth({ box }: Placed): number {
        return INDENT + Math.ceil(widthOf(this.looks.name(box), NAME_FONT)) + controlsWidth(box.times);
    }

    /** A drawing: its edges, and its boxes above them. */
    frame(frame: Frame): SVGElement[] {
        const { edges } = frame.drawing;
        return [
            edgesElement(frame, edges.filter(({ isSizeAlone }) => !isSizeAlone), "edges"),
            edgesElement(frame, edges.filter(({ isSizeAlone }) => isSizeAlone), "edges size-alone"),
            ...frame.boxes.map((placed) => (placed.inside ? this.#open(placed, placed.inside) : this.#closed(placed))),
        ].filter((each) => each !== null);
    }

    /** A layer, or a group that can be opened; copies as a stack of cards. */
    #closed(placed: Placed): SVGElement {
        const { box, left, top, width, height } = placed;
        const isGroup = box.inside >= 0;
        const behind = Array.from({ length: Math.min(box.times - 1, 2) }, (_, place) => card((place + 1) * CARD, width, height, "card behind"));
        const classes = ["box", this.looks.colour(box), isGroup && "group", box.isOutput && "output", this.looks.change(placed)];
        const name = classes.filter(Boolean).join(" ");
        const content = [
            ...behind.reverse(),
            ring(-4, -4, width + 8, height + 8),
            card(0, width, height, "card"),
            ...this.#texts(placed),
            ...this.#foot(placed),
            ...this.#tag(placed),
            ...(isGroup ? [sign(width, height / 2, "+")] : []),
        ];
        return stop(placed, { part: "box", name, left, top, label: this.looks.label(placed), title: this.looks.title(box), isOpen: isGroup ? false : null }, content);
    }

    #texts(placed: Placed): SVGElement[] {
        const { width, height, box } = placed;
        const texts = this.looks.texts(box);
        const middle = (height - (box.numbers < 0 ? 0 : this.measures.foot)) / 2;
        return texts.map(([text, what], index) => {
            const y = middle + this.measures.line * (index - texts.length / 2 + 0.75);
            return s("text", { class: what, x: width / 2, y }, `${text} `);
        });
    }

    /** Its number, and a bar for its share. */
    #foot(placed: Placed): SVGElement[] {
        const { width, height } = placed;
        const found: SVGElement[] = [];
        const note = this.looks.note(placed.box);
        if (note) found.push(s("text.note", { x: width / 2, y: height - this.measures.foot + 4 }, `${note} `));
        const share = this.looks.share(placed.box);
        if (share !== null) {
            const bar = { x: 8, y: height - 6, height: 3, rx: 1.5 };
            found.push(s("rect.track", { ...bar, width: width - 16 }));
            found.push(s("rect.meter", { ...bar, width: Math.max(share * (width - 16), share ? 1 : 0) }));
        }
        return found;
    }

    /** How it differs from the other model, on a tag at the corner. */
    #tag(placed: Placed): SVGElement[] {
        const mark = this.looks.mark(placed);
        if (!mark) return [];
        const width = Math.ceil(widthOf(mark, TAG_FONT)) + 8;
        const left = placed.width + 14 - width;
        const card = s("rect.tag", { x: left, y: -10, width, height: 15, rx: 4 });
        return [card, s("text.change", { x: left + width / 2, y: 1.5 }, mark)];
    }

    /** A frame with a bar on top, and in it what is inside. */
    #open(placed: Placed, inside: Frame): SVGElement {
        const { box, left, top, width, height } = placed;
        const { head } = this.measures;
        const name = this.looks.name(box);
        const colour = this.looks.colour(box);
        const content = [
            s("rect.card", { width, height: head, rx: 6 }),
            ring(2, 2, width - 4, head - 4),
            this.#heading(placed),
            sign(width - BUTTON / 2 - 2, head / 2, "−"),
        ];
        const bar = stop(placed, { part: "box", name: `bar ${colour}`, left, top, label: this.looks.label(placed), title: this.looks.title(box), isOpen: true }, content);
        const border = s("rect", { class: `border ${colour}`, x: left, y: top, width, height, rx: 6 });
        const steps = box.times > 1 ? this.#steps(placed, left + width - BUTTON - 6, top + (head - BUTTON) / 2) : [];
        return s("g.frame", { role: "group", "aria-label": name }, border, bar, ...steps, ...this.frame(inside));
    }

    /** The text of a bar: its name, and as much of the rest as there is room for. */
    #heading({ box, width }: Placed): SVGElement {
        const [name, ...others] = this.looks.heading(box);
        const text = s("text.heading", { x: INDENT, y: this.measures.head / 2 + 4.5 }, s("tspan.name", `${name} `));
        let room = width - INDENT - controlsWidth(box.times) - widthOf(name, NAME_FONT);
        for (const part of others) {
            room -= widthOf(part, TEXT_FONT) + INDENT;
            if (room < 0) break;
            text.append(s("tspan", { dx: INDENT - SPACE }, `${part} `));
        }
        return text;
    }

    /** `‹ 3 of 36 ›`, which ends at x. */
    #steps(placed: Placed, right: number, top: number): SVGElement[] {
        const { box, copy } = placed;
        const count = countWidth(box.times);
        const button = (part: Part, left: number, text: string, isPossible: boolean) => {
            const content = [
                s("rect.card", { width: BUTTON, height: BUTTON, rx: 4 }),
                ring(1, 1, BUTTON - 2, BUTTON - 2),
                s("text", { x: BUTTON / 2, y: BUTTON / 2 + 5 }, text),
            ];
            const label = `${part} copy of ${this.looks.name(box)}; shown is ${copy + 1} of ${box.times}`;
            return stop(placed, { part, name: "step", left, top, label: `${text} ${label}`, title: label, isOpen: null, isDisabled: !isPossible }, content);
        };
        const left = right - 2 * BUTTON - count;
        return [
            button("previous", left, "‹", copy > 0),
            s("text.count", { x: left + BUTTON + count / 2, y: top + BUTTON / 2 + 4.5 }, `${copy + 1} of ${box.times}`),
            button("next", right - BUTTON, "›", copy + 1 < box.times),
        ];
    }
}

/** Edges that are of interest, on top of the others. */
export function emphasised(edges: EdgeThere[], name: string): SVGElement {
    return s("path", { class: `edges emphasised ${name}`, d: edges.map(({ frame, edge }) => edgePath(frame, edge)).join("") });
}

function edgesElement(frame: Frame, edges: Edge[], name: string): SVGElement | null {
    return edges.length ? s("path", { class: name, d: edges.map((edge) => edgePath(frame, edge)).join("") }) : null;
}

interface StopDescription {
    part: Part;
    name: string;
    left: number;
    top: number;
    label: string;
    title: string;
    /** Whether a group is open; null for what cannot be opened. */
    isOpen: boolean | null;
    isDisabled?: boolean;
}

/** What can be focused. Its label says all that is in it. */
function stop(placed: Placed, { part, name, left, top, label, title, isOpen, isDisabled }: StopDescription, content: SVGElement[]): SVGElement {
    const attributes = {
        class: `stop ${name}`,
        transform: `translate(${left} ${top})`,
        role: "button",
        tabindex: -1,
        "aria-label": label,
        "aria-expanded": isOpen === null ? null : String(isOpen),
        "aria-disabled": isDisabled ? "true" : null,
        "data-path": placed.path,
        "data-part": part,
    };
    return s("g", attributes, s("title", title), ...content);
}

function card(offset: number, width: number, height: number, name: string): SVGElement {
    return s("rect", { class: name, x: offset, y: offset, width, height, rx: 6 });
}

/** What shows the focus. */
function ring(x: number, y: number, width: number, height: number): SVGElement {
    return s("rect.ring", { x, y, width, height, rx: 8 });
}

/** The sign of what a click does: it opens or closes. */
function sign(x: number, y: number, text: string): SVGElement {
    const circle = s("circle", { cx: x, cy: y, r: 8 });
    const vertical = text === "+" ? `M${x} ${y - 4}v8` : "";
    return s("g.sign", circle, s("path", { d: `M${x - 4} ${y}h8${vertical}` }));
}
