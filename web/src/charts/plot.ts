/** One chart: a bar per entry or layer, each a button. */
import type { App } from "../app";
import type { TextId } from "../data";
import { h, set } from "../dom";
import type { LevelData } from "./levels";

export interface QuantityData {
    title: TextId;
    /** What stands beside the title: the total, or what it is of. */
    beside: TextId;
    /** Steps of the axis, from the smallest, with the texts of their first multiples. */
    ticks: [number, TextId[]][];
}

/** What a chart asks for; bars are numbers of places, from the left. */
export interface Asked {
    choose(place: number): void;
    /** The pointer or the focus is on a bar, or on none. */
    point(place: number | null, plot: Plot): void;
    /** The focus goes to the chart above or below. */
    leave(place: number, by: number, plot: Plot): void;
}

export class Plot {
    readonly root: HTMLElement;
    /** The highest number shown. */
    highest = 0;
    readonly #columns: HTMLElement;
    readonly #axis = h("div.axis", { "aria-hidden": "true" });
    readonly #area: HTMLElement;
    readonly #heading: HTMLElement;
    readonly #beside = h("span.soft");
    #buttons: HTMLButtonElement[] = [];
    #heights: number[] = [];
    #outputs: number[] | null = null;
    #flag: { element: HTMLElement; place: number } | null = null;

    constructor(
        private readonly app: App,
        private readonly data: QuantityData,
        private readonly index: number,
        private readonly asked: Asked,
    ) {
        const title = app.text(data.title);
        this.#columns = h("div.columns", {
            role: "group", "aria-label": `${title}, in the order of the forward pass`,
            onclick: (event: MouseEvent) => this.#at(event, (place) => asked.choose(place)),
            onpointerover: (event: PointerEvent) => this.#at(event, (place) => asked.point(place, this)),
            onpointerleave: () => asked.point(null, this),
            onfocusin: (event: FocusEvent) => this.#at(event, (place) => this.#rove(place)),
            onfocusout: () => asked.point(null, this),
            onkeydown: (event: KeyboardEvent) => this.#at(event, (place) => this.#key(event, place)),
        });
        this.#area = h("div.area", this.#axis, this.#columns);
        this.#heading = h("div.heading", h("h3", title), this.#beside);
        this.root = h("div", { class: `plot plot-${index}` }, this.#heading, this.#area);
    }

    /** Shows bars, with what is said about each. */
    show(level: LevelData, bars: number[], labels: string[]): void {
        const { values, bounds } = level.heights[this.index];
        const lower = new Map(bounds);
        this.#heights = bars.map((bar) => values[bar] ?? lower.get(bar)!);
        this.#outputs = this.index === 2 ? bars.map((bar) => level.outputs[bar]) : null;
        this.highest = Math.max(0, ...this.#heights);
        this.#buttons = bars.map((bar, place) => {
            const parts = [fill(this.#heights[place]), this.#outputs && h("span.output")];
            return column(labels[place], place, parts, lower.get(bar));
        });
        this.#columns.replaceChildren(...this.#buttons);
        this.select(-1);
    }

    /** What stands beside the title, if it is not about the whole model. */
    say(text: string | undefined): void {
        this.#beside.textContent = text ?? this.app.text(this.data.beside);
    }

    /** Says what the lower and the upper part of a bar are. */
    legend(...parts: string[]): void {
        const swatches = parts.map((part) => h("span.soft", h("span.swatch"), part));
        this.#heading.append(h("span.legend", ...swatches));
    }

    /** The steps of the axis; those of the model with the highest bar reach far enough. */
    ticks(): [number, TextId[]][] {
        return this.data.ticks;
    }

    /** Draws the bars on an axis that ends at `top`. */
    draw(top: number, ticks: [number, TextId[]][]): void {
        const percent = (value: number) => `${top ? (100 * value) / top : 0}%`;
        this.#buttons.forEach((button, place) => {
            const part = (name: string) => button.getElementsByClassName(name)[0] as HTMLElement;
            part("fill").style.height = percent(this.#heights[place]);
            if (this.#outputs) part("output").style.height = percent(this.#outputs[place]);
        });
        const [step, texts] = ticks.filter(([each]) => 2 * each <= top).at(-1) ?? ticks[0];
        const shown = texts.filter((_, index) => step * (index + 1) <= top);
        this.#axis.replaceChildren(...[null, ...shown].map((text, index) => {
            const tick = h("div.tick", h("span", text === null ? "0" : this.app.text(text)));
            tick.style.bottom = percent(step * index);
            return tick;
        }));
        if (this.#flag && this.#flag.place >= 0) {
            const { element, place } = this.#flag;
            element.style.bottom = percent(this.#heights[place]);
        }
    }

    /** Marks the selected bar; -1 for none. */
    select(place: number): void {
        this.#buttons.forEach((button, index) => {
            set(button, { "aria-pressed": String(index === place) });
            button.tabIndex = index === Math.max(place, 0) ? 0 : -1;
        });
    }

    /** Shows which bar is meant; null for none. */
    point(place: number | null): void {
        this.#columns.querySelector(".pointed")?.classList.remove("pointed");
        if (place !== null) this.#buttons[place].classList.add("pointed");
    }

    focus(place: number): void {
        this.#buttons[place]?.focus();
    }

    has(element: Element | null): boolean {
        return this.root.contains(element);
    }

    button(place: number): HTMLElement {
        return this.#buttons[place];
    }

    /** Puts a sign with a text on a bar; -1 to take it away. */
    put(element: HTMLElement, place: number): void {
        this.#flag = { element, place };
        element.hidden = place < 0;
        if (place < 0) return;
        const middle = (place + 0.5) / this.#buttons.length;
        element.classList.toggle("to-left", middle > 0.5);
        element.style.left = middle > 0.5 ? "auto" : `${100 * middle}%`;
        element.style.right = middle > 0.5 ? `${100 * (1 - middle)}%` : "auto";
        if (element.parentElement !== this.#area) this.#area.append(element);
    }

    /** The one bar that the tab key reaches is the one with the focus. */
    #rove(place: number): void {
        this.#buttons.forEach((button, index) => (button.tabIndex = index === place ? 0 : -1));
        this.asked.point(place, this);
    }

    #key(event: KeyboardEvent, place: number): void {
        const last = this.#buttons.length - 1;
        const to = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: last }[event.key];
        if (to !== undefined) this.focus(Math.max(0, Math.min(to, last)));
        else if (event.key === "ArrowUp") this.asked.leave(place, -1, this);
        else if (event.key === "ArrowDown") this.asked.leave(place, 1, this);
        else if (event.key === "Escape") this.asked.point(null, this);
        else return;
        event.preventDefault();
    }

    #at(event: Event, then: (place: number) => void): void {
        const button = (event.target as Element).closest<HTMLElement>("button");
        if (button) then(Number(button.dataset.place));
    }
}

function fill(height: number): HTMLElement {
    return h("span", { class: height ? "fill some" : "fill" });
}

/** A bar; `bound` is the lower bound of what is not known. */
function column(label: string, place: number, parts: (HTMLElement | null)[], bound?: number): HTMLButtonElement {
    const isUnknown = bound !== undefined;
    const sign = isUnknown && h("span.sign", { "aria-hidden": "true" }, bound ? "≥" : "?");
    const named = { class: isUnknown ? "column unknown" : "column", "aria-label": label, "data-place": place };
    return h("button", { tabindex: -1, ...named }, ...parts, sign);
}
