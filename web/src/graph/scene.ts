/** What is seen: the model's drawing with some groups opened in place, everything with its coordinates. */
import type { LayerId } from "../data";
import { Drawing, type Box, type GraphData } from "./drawing";
import { stretched, type Form } from "./stretch";

/** A box where it stands. */
export interface Placed {
    box: Box;
    frame: Frame;
    /** Indices of boxes from the outermost in, joined by `/`. */
    path: string;
    left: number;
    top: number;
    width: number;
    height: number;
    /** Which of its copies is shown where it is open: the first, unless another was asked for. */
    copy: number;
    /** Which of the box's instances that is. */
    instance: number;
    /** What is inside, where it is open. */
    inside: Frame | null;
}

/** A drawing where it stands: the model, or what is inside an open box. */
export interface Frame {
    drawing: Drawing;
    owner: Placed | null;
    left: number;
    top: number;
    form: Form;
    boxes: Placed[];
}

/** Which groups are open, by path, and which copies they show. */
export class Openings {
    readonly #open = new Set<string>();
    readonly #copies = new Map<string, number>();

    has(path: string): boolean {
        return this.#open.has(path);
    }

    copy(path: string): number {
        return this.#copies.get(path) ?? 0;
    }

    show(path: string, copy = this.copy(path)): void {
        this.#open.add(path);
        this.#copies.set(path, copy);
    }

    close(path: string): void {
        this.#open.delete(path);
    }

    closeAll(): void {
        this.#open.clear();
    }
}

/** The layers that a box stands for: where it is closed, those of all copies that are seen of it. */
export function layersIn({ box, instance, inside }: Placed): LayerId[] {
    return inside ? box.instances[instance] : box.instances.slice(instance, instance + box.times).flat();
}

/** Makes scenes of a model's drawings. */
export class Scenes {
    readonly #drawings: Drawing[] = [];

    constructor(
        private readonly data: GraphData,
        private readonly openings: Openings,
        /** How wide an open box is at least. */
        private readonly leastWidth: (placed: Placed) => number,
    ) {}

    get hasGroups(): boolean {
        return this.data.drawings.length > 1;
    }

    drawing(index: number): Drawing {
        return (this.#drawings[index] ??= new Drawing(this.data.drawings[index]));
    }

    scene(): Frame {
        const model = this.#frame(0, null);
        this.#settle(model, 0, 0);
        return model;
    }

    /** Opens groups from the outermost in, as long as no more boxes than this are seen; whether that was all. */
    openAll(most: number): boolean {
        let boxes = this.drawing(0).boxes.length;
        const pending: [Drawing, string][] = [[this.drawing(0), ""]];
        for (const [drawing, prefix] of pending) {
            for (const box of drawing.boxes) {
                if (box.inside < 0) continue;
                const inside = this.drawing(box.inside);
                boxes += inside.boxes.length;
                if (boxes > most) return false;
                this.openings.show(prefix + box.index);
                pending.push([inside, `${prefix}${box.index}/`]);
            }
        }
        return true;
    }

    /** Opens what has to be open for the box of a layer to be seen; the path of that box. */
    reveal(layer: LayerId): string {
        let drawing = this.drawing(0);
        for (let prefix = ""; ; ) {
            const { box, instance } = drawing.place(layer)!;
            const path = prefix + box.index;
            if (box.inside < 0) return path;
            this.openings.show(path, instance % box.times);
            drawing = this.drawing(box.inside);
            prefix = `${path}/`;
        }
    }

    #frame(index: number, owner: Placed | null): Frame {
        const drawing = this.drawing(index);
        const frame: Frame = { drawing, owner, left: 0, top: 0, form: drawing.form, boxes: [] };
        frame.boxes = drawing.boxes.map((box) => this.#placed(box, frame));
        if (frame.boxes.some(({ inside }) => inside)) frame.form = stretched(frame, this.data.measures, this.leastWidth);
        return frame;
    }

    #placed(box: Box, frame: Frame): Placed {
        const { owner } = frame;
        const path = owner ? `${owner.path}/${box.index}` : `${box.index}`;
        const isOpen = box.inside >= 0 && this.openings.has(path);
        const copy = isOpen ? this.openings.copy(path) : 0;
        const instance = (owner ? owner.instance : 0) * box.times + copy;
        const placed: Placed = { box, frame, path, left: 0, top: 0, width: 0, height: 0, copy, instance, inside: null };
        if (isOpen) placed.inside = this.#frame(box.inside, placed);
        return placed;
    }

    /** Gives a drawing and everything in it the places that follow from their forms. */
    #settle(frame: Frame, left: number, top: number): void {
        frame.left = left;
        frame.top = top;
        for (const placed of frame.boxes) {
            const { x, y, width, height } = frame.form.boxes[placed.box.index];
            Object.assign(placed, { left: left + x - width / 2, top: top + y - height / 2, width, height });
            const { inside } = placed;
            if (inside) this.#settle(inside, left + x - inside.form.width / 2, placed.top + this.data.measures.head);
        }
    }
}
