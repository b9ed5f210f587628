/** The map of a layer: its units, one of which is chosen by pointer, touch, arrow keys or number. */
import { h, hasModifier } from "../dom";
import type { Interval } from "./boxes";
import { labelled, Picture, planesOf } from "./picture";
import { type Line, times } from "./words";

export type Unit = readonly number[];

export class UnitMap {
    readonly element: HTMLElement;
    readonly #pictures: Picture[];
    readonly #fields: HTMLInputElement[];
    readonly #windows: Interval[];
    #chosen: Unit;

    /** `onchange` is told of the unit under the pointer, and of the chosen one when there is none. */
    constructor(
        private readonly sizes: readonly number[], lines: readonly Line[], name: string, chosen: Unit,
        private readonly onchange: (unit: Unit, isChosen: boolean) => void,
    ) {
        this.#chosen = chosen;
        this.#windows = sizes.map((size) => [0, size - 1]);
        this.#pictures = planesOf(sizes.length).map((plane) => new Picture(plane, sizes));
        this.#fields = sizes.map((size, axis) =>
            h("input", {
                type: "number", min: 0, max: size - 1, step: 1,
                oninput: () => this.#typed(axis),
                onchange: () => this.show(this.#chosen), // in place of what is no unit
            }),
        );
        const words = times(sizes);
        this.element = h(
            "figure",
            { class: `unit-map rank-${sizes.length}` },
            h("figcaption", h("b", words), " units"),
            h(
                "div.planes",
                {
                    tabindex: 0,
                    role: "group",
                    "aria-label": `Units of ${name}, ${words}: arrow keys choose one`,
                    onkeydown: (event: KeyboardEvent) => this.#pressed(event),
                },
                ...this.#pictures.map((picture) => labelled(this.#watched(picture), picture.plane, lines)),
            ),
            h(
                "div.unit",
                h("span", "Unit"),
                ...this.#fields.map((field, axis) => h("label", lines[axis][0], field)),
            ),
        );
        this.show(chosen);
    }

    /** Marks a unit, and shows its numbers, but for one that is being typed. */
    show(unit: Unit, typed = -1): void {
        const box = unit.map((place): Interval => [place, place]);
        for (const picture of this.#pictures) picture.show({ windows: this.#windows, box, status: "box" });
        for (const [axis, field] of this.#fields.entries()) {
            if (axis !== typed) field.value = String(unit[axis]);
        }
    }

    #tell(unit: Unit, isChosen: boolean, typed = -1): void {
        if (isChosen) this.#chosen = unit;
        this.show(unit, typed);
        this.onchange(unit, isChosen);
    }

    #watched(picture: Picture): HTMLElement {
        const { element } = picture;
        const under = (event: PointerEvent, isChosen: boolean) => {
            const unit = [...this.#chosen];
            for (const [axis, place] of picture.at(event, this.#windows)) unit[axis] = place;
            this.#tell(unit, isChosen);
        };
        element.addEventListener("pointerdown", (event) => under(event, true));
        element.addEventListener("pointermove", (event) => {
            under(event, event.pointerType !== "mouse" || event.buttons > 0); // a mouse may pass without a press
        });
        element.addEventListener("pointerleave", () => this.#tell(this.#chosen, false));
        return element;
    }

    #typed(axis: number): void {
        const value = this.#fields[axis].valueAsNumber;
        if (!Number.isInteger(value) || value < 0 || value >= this.sizes[axis]) return;
        this.#tell(this.#chosen.map((place, each) => (each === axis ? value : place)), true, axis);
    }

    /** Left and right along the last axis, up and down along the one before, pages along that of slices. */
    #pressed(event: KeyboardEvent): void {
        const rank = this.sizes.length;
        const [slices, rows, columns] = [rank - 3, rank === 1 ? 0 : rank - 2, rank - 1];
        const moves: Record<string, [axis: number, by: number]> = {
            ArrowLeft: [columns, -1], ArrowRight: [columns, 1], ArrowUp: [rows, -1], ArrowDown: [rows, 1],
            Home: [columns, -Infinity], End: [columns, Infinity], PageUp: [slices, -1], PageDown: [slices, 1],
        };
        const [axis, by] = moves[event.key] ?? [-1, 0];
        if (axis < 0 || hasModifier(event)) return;
        event.preventDefault();
        const step = event.shiftKey ? by * Math.ceil(this.sizes[axis] / 10) : by;
        const moved = Math.min(Math.max(this.#chosen[axis] + step, 0), this.sizes[axis] - 1);
        this.#tell(this.#chosen.map((place, each) => (each === axis ? moved : place)), true);
    }
}
