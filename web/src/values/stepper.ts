/** The windows of a layer, step by step: patch × kernel = products, sum. */
import type { App } from "../app";
import { h, hasModifier, s, set } from "../dom";
import { type Rgb, css, isBright, ofValue } from "./colours";
import type { Plane } from "./exact";
import type { Part, Window, Windows } from "./windows";

/** Windows in a second. */
const SPEEDS: [label: string, rate: number][] = [["slow", 0.5], ["normal", 1], ["fast", 3], ["very fast", 10]];
/** In px: the side of a map, the length of a sequence, and the side of a cell at most. */
const [SIDE, LENGTH, CELL] = [208, 420, 30];
/** In px: the smallest numbers that are written into cells. */
const SMALLEST = 8;

export class Stepper {
    readonly element: HTMLElement;
    #index = 0;
    #channel = 0;
    #term = 0;
    #rate = 1;
    #timer: number | null = null;
    #input!: MapDrawing;
    #output!: MapDrawing;
    readonly #maps = h("div.window-maps");
    readonly #work = h("div.work", { tabindex: "0", role: "group", "aria-label": "Calculation" });
    readonly #result = h("p.result", { "aria-live": "polite" });
    readonly #place = h("span.soft");
    readonly #controls: Record<"first" | "back" | "play" | "forward" | "last", HTMLButtonElement>;

    constructor(app: App, private readonly name: string, private readonly windows: Windows) {
        this.#controls = {
            first: button("First window", ICONS.first, () => this.#go(0)),
            back: button("Step back", ICONS.back, () => this.#go(this.#index - 1)),
            play: button("Play", ICONS.play, () => (this.#timer === null ? this.#play() : this.#pause())),
            forward: button("Step forward", ICONS.forward, () => this.#go(this.#index + 1)),
            last: button("Last window", ICONS.last, () => this.#go(windows.count - 1)),
        };
        const note = windows.data.note;
        this.element = h(
            "div.stepper",
            { role: "group", "aria-label": `${name}, step by step`, onkeydown: (event: KeyboardEvent) => this.#key(event) },
            h("h3", "Step by step"),
            this.#selects(),
            this.#maps,
            h("div.bar.steps", ...Object.values(this.#controls), this.#speed(), this.#place),
            this.#work,
            this.#result,
            note !== undefined && h("p.soft", app.text(note)),
        );
        this.#redraw();
    }

    /** Stops what is playing. */
    stop(): void {
        if (this.#timer !== null) window.clearInterval(this.#timer);
        this.#timer = null;
    }

    #selects(): HTMLElement {
        const { windows } = this;
        const shown = windows.data.terms.length;
        const outputs = choice("Output channel", shown, String, (channel) => {
            this.#channel = channel;
            this.#term = Math.min(this.#term, windows.data.terms[channel].length - 1);
            this.#redraw();
        });
        const several = windows.data.terms[0].length > 1;
        const inputs = several && choice("Input channel", windows.data.terms[0].length, (term) => String(windows.data.terms[this.#channel][term]), (term) => {
            this.#term = term;
            this.#redraw();
        });
        const { channels } = windows.data;
        const more = shown > 1 ? `(the first ${shown} of ${channels})` : `Output channel 0 of ${channels}`;
        return h("div.bar", shown > 1 ? outputs : null, shown < channels && h("span.soft", more), inputs);
    }

    #speed(): HTMLElement {
        return choice("Speed", SPEEDS.length, (index) => SPEEDS[index][0], (index) => {
            this.#rate = SPEEDS[index][1];
            if (this.#timer !== null) this.#play();
        }, 1);
    }

    #key(event: KeyboardEvent): void {
        if (event.target instanceof HTMLSelectElement || hasModifier(event)) return;
        const across = this.windows.counts[this.windows.counts.length - 1];
        const isMap = event.target === this.#output.element;
        const steps: Record<string, number | false> = {
            ArrowLeft: -1,
            ArrowRight: 1,
            ArrowUp: isMap && -across,
            ArrowDown: isMap && across,
            Home: isMap && -this.#index,
            End: isMap && this.windows.count - 1 - this.#index,
        };
        const step = steps[event.key];
        if (step === undefined || step === false) return;
        event.preventDefault();
        this.#go(this.#index + step);
    }

    #play(): void {
        this.stop();
        if (this.#index === this.windows.count - 1) this.#go(0);
        this.#timer = window.setInterval(() => {
            if (this.#index < this.windows.count - 1) this.#show(this.#index + 1);
            if (this.#index === this.windows.count - 1) this.#pause();
        }, 1000 / this.#rate);
        this.#update();
    }

    #pause(): void {
        this.stop();
        this.#update();
    }

    /** Goes to a window, and stays there. */
    #go(index: number): void {
        this.stop();
        this.#show(Math.min(Math.max(index, 0), this.windows.count - 1));
    }

    #show(index: number): void {
        this.#index = index;
        this.#update();
    }

    /** Draws the maps of the chosen channels. */
    #redraw(): void {
        const { windows } = this;
        const source = windows.data.terms[this.#channel][this.#term];
        this.#input = new MapDrawing(windows.source(source), windows.format("source"), windows.reach());
        this.#output = new MapDrawing(windows.output(this.#channel), windows.format("output"));
        this.#output.choosable(`Position in the output of ${this.name}`, windows.count, (index) => this.#go(index));
        this.#maps.classList.toggle("sequences", windows.counts.length === 1);
        this.#maps.replaceChildren(
            h("figure", this.#input.element, h("figcaption", windows.data.terms[this.#channel].length > 1 || windows.data.channels > 1 ? `input, channel ${source}` : "input")),
            h("span.arrow", { "aria-hidden": "true" }, "→"),
            h("figure", this.#output.element, h("figcaption", windows.data.channels > 1 ? `output, channel ${this.#channel}` : "output")),
        );
        this.#update();
    }

    #update(): void {
        const found = this.windows.at(this.#index, this.#channel);
        this.#input.window(found.places);
        this.#output.unit(this.#index, `${this.#unit()}: ${found.value}`);
        this.#work.replaceChildren(...this.#calculation(found));
        // a screen reader would not keep up with what is playing
        set(this.#result, { "aria-live": this.#timer === null ? "polite" : "off" });
        const how = found.calculation === null ? [] : [`${found.calculation} = `];
        this.#result.replaceChildren(`${this.#unit()} = `, ...how, h("b", found.value));
        this.#place.textContent = `window ${this.#index + 1} of ${this.windows.count}, reads ${found.reads}`;
        this.#mark();
    }

    /** `conv1[0, 1] channel 3`. */
    #unit(): string {
        const { windows } = this;
        const isGlobal = windows.count === 1;
        const place = isGlobal ? "" : `[${windows.position(this.#index).join(", ")}]`;
        return `${this.name}${place}${windows.data.channels > 1 ? ` channel ${this.#channel}` : ""}`;
    }

    #calculation(found: Window): Node[] {
        const part = found.parts[Math.min(this.#term, found.parts.length - 1)];
        const padding = found.hasPadding && h("p.soft", found.padding);
        const shown: (Node | false | null)[] = [equation(part), padding];
        const count = found.parts.length;
        if (part.sum !== null && (count > 1 || found.more)) {
            const sums = `Input channel ${part.channel} adds ${part.sum}; all input channels${this.windows.data.bias ? " and the bias" : ""}:`;
            shown.push(h("p", sums));
        }
        if (found.more) shown.push(h("p.soft", found.more));
        return shown.filter((each): each is Node => !!each);
    }

    #mark(): void {
        const { first, back, play, forward, last } = this.#controls;
        const isPlaying = this.#timer !== null;
        for (const each of [first, back]) disable(each, this.#index === 0);
        for (const each of [forward, last]) disable(each, this.#index === this.windows.count - 1);
        disable(play, this.windows.count === 1);
        const label = isPlaying ? "Pause" : "Play";
        set(play, { "aria-label": label, title: label });
        play.replaceChildren(icon(isPlaying ? ICONS.pause : ICONS.play));
    }
}

/** A disabled button keeps the focus, so that keys still step. */
function disable(each: HTMLButtonElement, isDisabled: boolean): void {
    set(each, { "aria-disabled": String(isDisabled) });
}

// -- patch × kernel = products, sum

function equation({ patch, kernel, products, sum, chosen }: Part): HTMLElement {
    const grids: Node[] = [grid("patch", patch, chosen)];
    if (kernel && products) {
        grids.push(sign("×"), grid("kernel", kernel), sign("="), grid("products", products));
        grids.push(h("span.sum", "sum ", h("b", sum!)));
    }
    return h("div.equation", ...grids);
}

function sign(text: string): HTMLElement {
    return h("span.sign", text);
}

function grid(name: string, rows: string[][], chosen?: number): HTMLElement {
    const body = rows.map((row, down) => {
        const cells = row.map((text, across) => h("td", { class: look(text, down * row.length + across === chosen) }, text));
        return h("tr", ...cells);
    });
    return h("table.cells", h("caption", name), h("tbody", ...body));
}

function look(text: string, isChosen: boolean): string | null {
    return isChosen ? "chosen" : text === "(0)" || text === "–" ? "padding" : null;
}

// -- maps

interface Place {
    row: number;
    column: number;
}

/** A map of which every cell can be seen, with its padding. */
class MapDrawing {
    readonly element: SVGSVGElement;
    readonly #marks = s("g.marks");
    readonly #cells: SVGElement[] = [];

    constructor(private readonly plane: Plane, format: ((value: number) => string) | null, reached: Place[] = []) {
        const { rows, columns, values } = plane;
        const all = [...reached, { row: 0, column: 0 }, { row: rows - 1, column: columns - 1 }];
        const [top, left] = [least(all, "row"), least(all, "column")];
        const [height, width] = [-least(all, "row", -1) - top + 1, -least(all, "column", -1) - left + 1];
        const cell = Math.max(4, Math.min(CELL, Math.floor((height > 1 ? SIDE : LENGTH) / Math.max(height, width))));
        const finite = values.filter(Number.isFinite);
        let [low, high] = [finite.reduce((a, b) => Math.min(a, b), Infinity), finite.reduce((a, b) => Math.max(a, b), -Infinity)];
        const isSigned = low < 0 && high > 0;
        if (isSigned) [low, high] = [-Math.max(-low, high), Math.max(-low, high)];
        const texts = format && cell > 2 * SMALLEST ? values.map(format) : [];
        const font = Math.min(0.5, 1.5 / Math.max(...texts.map((text) => text.length)));
        const hasNumbers = texts.length > 0 && cell * font >= SMALLEST;
        values.forEach((value, at) => {
            const [x, y] = [at % columns, Math.floor(at / columns)];
            const colour: Rgb = ofValue(isSigned ? "both" : "one", value, low, high);
            const text = hasNumbers && s("text", { x: x + 0.5, y: y + 0.5, "font-size": font, fill: isBright(colour) ? "#000" : "#fff" }, texts[at]);
            const drawn = s("g", s("rect", { x, y, width: 1, height: 1, fill: css(colour) }), text);
            this.#cells.push(drawn);
        });
        const padding = s("rect.padding", { x: left, y: top, width, height });
        this.element = s("svg.map", {
            viewBox: `${left - 0.1} ${top - 0.1} ${width + 0.2} ${height + 0.2}`,
            width: cell * width, height: cell * height,
        }, padding, ...this.#cells, this.#marks);
    }

    /** Marks the window, and each position in it. */
    window(places: Place[]): void {
        const marks = places.map(({ row, column }) => s("rect.read", { x: column, y: row, width: 1, height: 1 }));
        const [top, left] = [least(places, "row"), least(places, "column")];
        const frame = places.length > 0 && s("rect.frame", {
            x: left, y: top, width: -least(places, "column", -1) - left + 1, height: -least(places, "row", -1) - top + 1,
        });
        this.#marks.replaceChildren(...marks, ...(frame ? [frame] : []));
    }

    /** Marks one position; those after it are pale. */
    unit(index: number, text: string): void {
        this.#cells.forEach((cell, at) => set(cell, { class: at > index ? "later" : "" }));
        const { columns } = this.plane;
        this.#marks.replaceChildren(s("rect.frame", { x: index % columns, y: Math.floor(index / columns), width: 1, height: 1 }));
        set(this.element, { "aria-valuenow": index + 1, "aria-valuetext": text });
    }

    /** Lets a position be chosen, by pointer and (see `Stepper.key`) by keyboard. */
    choosable(label: string, count: number, choose: (index: number) => void): void {
        const attributes = { role: "slider", tabindex: 0, "aria-label": label, "aria-valuemin": 1, "aria-valuemax": count };
        set(this.element, attributes);
        this.#cells.forEach((cell, index) => cell.addEventListener("click", () => choose(index)));
    }
}

/** The least of a coordinate; with a sign of −1, the largest, negative. */
function least(places: Place[], name: keyof Place, sign = 1): number {
    return places.reduce((found, place) => Math.min(found, sign * place[name]), Infinity);
}

// -- controls

const ICONS = {
    first: "M3 3v10h2V3zM13 3v10L6 8z",
    back: "M11 3v10L4 8z",
    play: "M4 2.5v11L13 8z",
    pause: "M4 3h3v10H4zM9 3h3v10H9z",
    forward: "M5 3v10l7-5z",
    last: "M3 3v10l7-5zM11 3v10h2V3z",
};

function icon(path: string): SVGElement {
    return s("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, s("path", { d: path, fill: "currentColor" }));
}

function button(label: string, path: string, press: () => void): HTMLButtonElement {
    return h("button", {
        type: "button", "aria-label": label, title: label,
        onclick: (event: Event) => (event.currentTarget as HTMLElement).getAttribute("aria-disabled") !== "true" && press(),
    }, icon(path));
}

function choice(label: string, count: number, text: (index: number) => string, choose: (index: number) => void, chosen = 0): HTMLElement {
    const options = Array.from({ length: count }, (_, index) => h("option", { value: index, selected: index === chosen }, text(index)));
    const select = h("select", { onchange: (event: Event) => choose(Number((event.currentTarget as HTMLSelectElement).value)) }, ...options);
    return h("label", `${label} `, select);
}
