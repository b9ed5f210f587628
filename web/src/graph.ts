/** The graph: boxes and edges, groups that open in place, colours by kind or by shares. */
import type { App, View } from "./app";
import type { LayerId } from "./data";
import { h, hasModifier, s, set } from "./dom";
import type { GraphData } from "./graph/drawing";
import { edgesFrom, edgesTo } from "./graph/edges";
import { Looks, type Change } from "./graph/looks";
import { emphasised, Painter } from "./graph/painting";
import { layersIn, Openings, Scenes, type Frame, type Placed } from "./graph/scene";
import { next, type Part, type Stop } from "./graph/stops";
import { Zoom } from "./graph/zoom";

export type { Change, GraphData };

/** Opening all groups ends before there are more boxes than this. */
const MOST_BOXES = 1500;
const HELP =
    "Arrow keys go along the edges and from branch to branch. Enter or a click selects a layer, and opens or closes a group; " +
    "Space selects the last layer of a group. Home and End go to the first and the last box.";

export interface GraphView extends View {
    /** Marks the boxes of layers that another model has not, or has otherwise. */
    mark(changes: ReadonlyMap<LayerId, Change>): void;
}

export function graphView(root: HTMLElement, app: App, model: number): GraphView {
    return new Graph(root, app, model);
}

class Graph implements GraphView {
    readonly #openings = new Openings();
    readonly #scenes: Scenes;
    readonly #looks: Looks;
    readonly #painter: Painter;
    readonly #zoom: Zoom;
    readonly #drawing: SVGSVGElement;
    readonly #legend = h("ul.legend", { "aria-label": "What the colours mean" });
    readonly #status = h("p.soft.status", { role: "status" });
    #scene!: Frame;
    #layer: LayerId | null = null;
    /** What Tab leads to: the path of a box, and which part of it. */
    #current: [string, Part] = ["0", "box"];
    /** Whether the selection is being made here, so that nothing has to be opened or scrolled. */
    #isSelecting = false;

    constructor(
        root: HTMLElement,
        private readonly app: App,
        private readonly model: number,
    ) {
        const { name, drawings } = app.model(model);
        const help = h("p.soft.help", { id: `graph-help-${model}` }, HELP);
        this.#drawing = s("svg", { role: "group", "aria-label": `Graph of ${name}`, "aria-describedby": help.id });
        const viewport = h("div.viewport", this.#drawing);
        this.#looks = new Looks(app, drawings);
        this.#painter = new Painter(this.#looks, drawings.measures);
        this.#scenes = new Scenes(drawings, this.#openings, (placed) => this.#painter.leastWidth(placed));
        this.#zoom = new Zoom(viewport, this.#drawing);
        // Not at the drawing itself: Chromium gives the focus to drawings that listen for it.
        viewport.addEventListener("click", (event) => this.#clicked(event));
        viewport.addEventListener("keydown", (event) => this.#pressed(event));
        viewport.addEventListener("focusin", (event) => this.#focused(event));
        root.replaceChildren(this.#toolbar(drawings), this.#legend, this.#status, viewport, help);
        this.#colour(null);
    }

    select(layer: LayerId | null): void {
        this.#layer = layer;
        const seen = layer === null ? null : this.#boxOf(layer);
        if (seen && seen.box.inside >= 0 && !this.#isSelecting) {
            this.#scenes.reveal(layer!);
            this.#redraw();
        } else {
            this.#highlight();
        }
        const placed = layer === null ? null : this.#boxOf(layer);
        if (!placed || this.#isSelecting) return;
        this.#makeCurrent([placed.path, "box"]);
        this.#zoom.reveal(placed);
    }

    mark(changes: ReadonlyMap<LayerId, Change>): void {
        this.#looks.marks = changes;
        this.#redraw();
    }

    // -- what is seen

    #redraw(): void {
        const hadFocus = this.#drawing.contains(document.activeElement);
        this.#scene = this.#scenes.scene();
        this.#drawing.replaceChildren(...this.#painter.frame(this.#scene));
        this.#zoom.resize(this.#scene.form.width, this.#scene.form.height);
        this.#highlight();
        this.#makeCurrent(this.#element(this.#current) ? this.#current : [this.#placed(this.#current[0]).path, "box"]);
        if (hadFocus) this.#element(this.#current)!.focus({ preventScroll: true });
    }

    /** The same with the top of a box where it was. */
    #redrawAround(path: string): void {
        const before = this.#placed(path);
        const place = this.#zoom.seen(before.left, before.top);
        this.#redraw();
        const { left, top } = this.#placed(path);
        this.#zoom.scroll(left, top, place);
    }

    /** The box of the selected layer, what it reads and what reads it. */
    #highlight(): void {
        this.#drawing.querySelector("[aria-current]")?.removeAttribute("aria-current");
        this.#drawing.querySelectorAll(".emphasised").forEach((each) => each.remove());
        const placed = this.#layer === null ? null : this.#boxOf(this.#layer);
        if (!placed) return;
        set(this.#element([placed.path, "box"])!, { "aria-current": "true" });
        this.#drawing.append(emphasised(edgesTo(placed), "read"), emphasised(edgesFrom(placed), "reading"));
    }

    #colour(quantity: number | null): void {
        this.#looks.quantity = quantity;
        this.#redraw();
        const entries = this.#looks.legend().map(([name, words]) => {
            const card = s("rect.card", { x: 0.5, y: 0.5, width: 13, height: 13, rx: 3 });
            return h("li", s("svg", { class: name, width: 14, height: 14, "aria-hidden": "true" }, card), words);
        });
        const { whole } = this.#looks;
        this.#legend.replaceChildren(...(whole ? [h("li", `${whole}:`)] : []), ...entries);
    }

    /** The innermost box that is seen of those that a layer is in. */
    #boxOf(layer: LayerId): Placed {
        let frame = this.#scene;
        for (;;) {
            const { box, instance } = frame.drawing.place(layer)!;
            const placed = frame.boxes[box.index];
            if (!placed.inside || placed.instance !== instance) return placed;
            frame = placed.inside;
        }
    }

    /** The box of a path, or the closed one that it is in. */
    #placed(path: string): Placed {
        const [first, ...inner] = path.split("/").map(Number);
        let placed = this.#scene.boxes[first];
        for (const index of inner) {
            if (!placed.inside) break;
            placed = placed.inside.boxes[index];
        }
        return placed;
    }

    #element([path, part]: [string, Part]): SVGElement | null {
        return this.#drawing.querySelector(`[data-path="${path}"][data-part="${part}"]`);
    }

    // -- what is done

    #clicked(event: Event): void {
        const stop = this.#stopOf(event);
        if (!stop) return;
        this.#makeCurrent([stop.placed.path, stop.part]);
        this.#element(this.#current)!.focus({ preventScroll: true });
        this.#act(stop);
    }

    #pressed(event: KeyboardEvent): void {
        const stop = this.#stopOf(event);
        if (!stop || hasModifier(event)) return;
        if (event.key === "Enter") this.#act(stop);
        else if (event.key === " ") this.#choose(stop.placed);
        else if (!this.#move(stop, event.key)) return;
        event.preventDefault();
    }

    #focused(event: Event): void {
        const stop = this.#stopOf(event);
        if (stop) this.#makeCurrent([stop.placed.path, stop.part]);
    }

    #stopOf(event: Event): Stop | null {
        const element = (event.target as Element).closest<SVGElement>("[data-path]");
        return element && { placed: this.#placed(element.dataset.path!), part: element.dataset.part as Part };
    }

    /** Opens or closes a group, shows another copy, or selects a layer. */
    #act({ placed, part }: Stop): void {
        if (part !== "box") this.#step(placed, part === "next" ? 1 : -1);
        else if (placed.box.inside >= 0) this.#toggle(placed);
        else this.#choose(placed);
    }

    #toggle({ path, inside }: Placed): void {
        if (inside) this.#openings.close(path);
        else this.#openings.show(path);
        this.#redrawAround(path);
    }

    /** Shows another copy. What was selected in this one, is then selected in that one. */
    #step({ box, path, copy }: Placed, by: number): void {
        const shown = Math.min(Math.max(copy + by, 0), box.times - 1);
        if (shown === copy) return;
        const before = this.#layer === null ? null : this.#boxOf(this.#layer);
        const number = before?.path.startsWith(`${path}/`) ? layersIn(before).indexOf(this.#layer!) : -1;
        this.#openings.show(path, shown);
        this.#redrawAround(path);
        if (number >= 0) this.#selectHere(layersIn(this.#placed(before!.path))[number]);
    }

    /** Selects the first layer of an entry, which is its own, or the last one of a group. */
    #choose(placed: Placed): void {
        const layers = layersIn(placed);
        this.#selectHere(placed.box.inside < 0 ? layers[0] : layers.reduce((one, other) => Math.max(one, other)));
    }

    #selectHere(layer: LayerId): void {
        this.#isSelecting = true;
        this.app.select({ model: this.model, layer });
        this.#isSelecting = false;
    }

    /** Moves the focus; whether the key is one that does. */
    #move(stop: Stop, key: string): boolean {
        const { boxes } = this.#scene;
        const ends: Record<string, Placed> = { Home: boxes[0], End: boxes[boxes.length - 1] };
        if (!(key in ends) && !key.startsWith("Arrow")) return false;
        const found: Stop | null = key in ends ? { placed: ends[key], part: "box" } : next(stop, key);
        if (!found) return true;
        this.#makeCurrent([found.placed.path, found.part]);
        this.#element(this.#current)!.focus({ preventScroll: true });
        this.#zoom.reveal(found.placed);
        return true;
    }

    #makeCurrent(current: [string, Part]): void {
        this.#element(this.#current)?.setAttribute("tabindex", "-1");
        this.#current = current;
        this.#element(current)?.setAttribute("tabindex", "0");
    }

    // -- the toolbar

    #toolbar({ quantities }: GraphData): HTMLElement {
        const options: [string, number | null][] = [["kind", null], ...quantities.map(({ name }, index): [string, number] => [this.app.text(name), index])];
        const colours = options.map(([words, quantity]) => {
            const radio = h("input", {
                type: "radio",
                name: `colour-${this.model}`,
                checked: quantity === null,
                onchange: () => this.#colour(quantity),
            });
            return h("label", radio, h("span", words));
        });
        const button = (text: string, label: string | null, act: () => void) => h("button", { "aria-label": label, title: label, onclick: act }, text);
        const groups = this.#scenes.hasGroups
            ? [button("Open all", null, () => this.#openAll()), button("Close all", null, () => this.#closeAll())]
            : [];
        return h(
            "div.bar",
            h("fieldset.segments", h("legend", "Colour by"), ...colours),
            ...groups,
            h(
                "span.zoom",
                button("−", "Smaller", () => this.#zoom.by(-1)),
                button("+", "Larger", () => this.#zoom.by(1)),
                button("Fit", "Fit to the width", () => this.#zoom.fit()),
            ),
        );
    }

    #openAll(): void {
        const isAll = this.#scenes.openAll(MOST_BOXES);
        this.#status.textContent = isAll ? "" : `Not all groups are open: there would be more than ${MOST_BOXES.toLocaleString("en")} boxes. Open the others one by one.`;
        this.#redraw();
    }

    #closeAll(): void {
        this.#openings.closeAll();
        this.#status.textContent = "";
        this.#redraw();
    }
}
