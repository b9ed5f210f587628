/** A slider through layers, which shows their fields grow. It only previews: what is selected stays selected. */
import { h, set } from "../dom";
import type { LayerId } from "../data";

const MILLISECONDS = 900;
/** Of more layers, some are passed over while it plays. */
const MOST_STEPS = 40;

export class Growth {
    readonly element: HTMLElement;
    readonly #slider = h("input", { type: "range", min: 0, step: 1, oninput: () => this.#moved() });
    readonly #button = h("button", { onclick: () => (this.#timer ? this.stop() : this.#play()) });
    readonly #place = h("output.soft");
    #path: LayerId[] = [];
    #timer = 0;

    constructor(
        private readonly words: (layer: LayerId) => string, private readonly onchange: (layer: LayerId) => void,
    ) {
        set(this.#slider, { "aria-label": "Layer whose field is shown" });
        this.element = h("div.bar.growth", this.#button, this.#slider, this.#place);
        this.stop();
    }

    /** The layers to go through, one of which is shown. */
    show(path: LayerId[], layer: LayerId): void {
        this.stop();
        this.#path = path;
        this.#slider.max = String(path.length - 1);
        this.#slider.value = String(path.indexOf(layer));
        this.element.hidden = path.length < 2;
        this.#say();
    }

    stop(): void {
        window.clearInterval(this.#timer);
        this.#timer = 0;
        this.#button.textContent = "▶ Play";
        this.#button.title = "Go through the layers one by one";
    }

    #play(): void {
        if (Number(this.#slider.value) >= this.#path.length - 1) this.#go(0);
        this.#timer = window.setInterval(() => this.#step(), MILLISECONDS);
        this.#button.textContent = "❚❚ Pause";
    }

    #step(): void {
        const last = this.#path.length - 1;
        const next = Math.min(Number(this.#slider.value) + Math.ceil(this.#path.length / MOST_STEPS), last);
        if (next === last) this.stop();
        this.#go(next);
    }

    #moved(): void {
        this.stop();
        this.#go(Number(this.#slider.value));
    }

    #go(index: number): void {
        this.#slider.value = String(index);
        this.#say();
        this.onchange(this.#path[index]);
    }

    #say(): void {
        const index = Number(this.#slider.value);
        this.#place.textContent = `${index + 1} of ${this.#path.length}`;
        if (this.#path.length) set(this.#slider, { "aria-valuetext": this.words(this.#path[index]) });
    }
}
