/** What is said about the bar under the pointer, or the one with the focus. Labels say the same to screen readers. */
import { h } from "../dom";

export class Tip {
    readonly #root = h("div.tip", { "aria-hidden": "true", hidden: true });

    constructor(private readonly around: HTMLElement) {
        around.append(this.#root);
    }

    /** Shows lines, the first as a title, above an element; the one with that number stands out. */
    show(above: HTMLElement, lines: string[], strong: number): void {
        this.#root.replaceChildren(...lines.map((line, index) => h(index && index !== strong ? "div" : "b", {}, line)));
        this.#root.hidden = false;
        const [outer, inner, box] = [this.around, above, this.#root].map((each) => each.getBoundingClientRect());
        const middle = inner.left + inner.width / 2 - outer.left - box.width / 2;
        this.#root.style.left = `${Math.max(4, Math.min(middle, outer.width - box.width - 6))}px`;
        this.#root.style.top = `${inner.top - outer.top - box.height - 4}px`;
    }

    hide(): void {
        this.#root.hidden = true;
    }
}
