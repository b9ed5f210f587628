/** What a run calculated: maps as pictures, a softmax as bars, windows step by step. */
import type { App, View } from "./app";
import type { LayerId, TextId } from "./data";
import { h } from "./dom";
import { type ExactMap, Maps, type StepsData } from "./values/exact";
import { type LayerValues, pictures } from "./values/pictures";
import { Stepper } from "./values/stepper";
import { Windows } from "./values/windows";

export type ValuesData = Run | NoRun;

interface NoRun {
    /** Why there are no values. */
    missing: TextId;
}

interface Run {
    /** Pictures, one byte for each value. */
    strips: string[];
    /** For each layer; null where the run did not get to. */
    layers: (LayerValues | null)[];
    /** Said of these. */
    unknown: TextId;
    steps: Record<LayerId, StepsData>;
    maps: Record<LayerId, ExactMap>;
}

export function valuesView(root: HTMLElement, app: App, model: number): View {
    const data = app.model(model).values;
    if (data === null) return { select() {} };
    if ("missing" in data) {
        root.append(h("h2", "Values"), h("p", app.text(data.missing)));
        return { select() {} };
    }
    const view = new ValuesView(root, app, model, data);
    return { select: (layer) => view.select(layer) };
}

class ValuesView {
    readonly #maps: Maps;
    #stepper: Stepper | null = null;

    constructor(private readonly root: HTMLElement, private readonly app: App, private readonly model: number, private readonly run: Run) {
        this.#maps = new Maps(run.maps);
    }

    select(layer: LayerId | null): void {
        this.#stepper?.stop();
        this.#stepper = null;
        this.root.replaceChildren(...(layer === null ? this.#inputs() : this.#layer(layer)));
    }

    #inputs(): Node[] {
        const { layers } = this.app.model(this.model);
        const inputs = layers.flatMap((each, id) => (each.inputs.length === 0 && this.run.layers[id] ? [id] : []));
        const shown = inputs.slice(0, 4).flatMap((id) => this.#values(id, "h3"));
        return [h("h2", "Values"), ...shown, h("p.soft", "Select a layer to see what it makes of this.")];
    }

    #layer(id: LayerId): Node[] {
        if (!this.run.layers[id]) return [h("h2", "Values"), h("p", this.app.text(this.run.unknown))];
        return [...this.#values(id, "h2"), ...this.#steps(id)];
    }

    #values(id: LayerId, heading: "h2" | "h3"): Node[] {
        const { app } = this;
        const values = this.run.layers[id]!;
        const layer = app.layer(this.model, id);
        const range = this.#range(values);
        const name = heading === "h2" ? `Values of ${layer.name}` : layer.name;
        const caption = values.caption === undefined ? "" : `${app.text(values.caption)} `;
        return [
            h(heading, {}, name),
            h("p", `${caption}${range}`),
            ...(values.bars ? [this.#softmax(values)] : []),
            ...(values.strip === undefined ? [] : [pictures(values, this.run.strips[values.strip], `${layer.name}. ${range}`)]),
            h("p.soft", `${app.text(values.from)}.`),
        ];
    }

    /** `Values from -1.2 to 3.` */
    #range({ range: [low, high], special }: LayerValues): string {
        const words = low === high ? `All values are ${low}` : `Values from ${low} to ${high}`;
        return special === undefined ? `${words}.` : `${words}: ${this.app.text(special)}`;
    }

    /** The largest shares, with bars as long as they are. */
    #softmax({ bars, rest }: LayerValues): HTMLElement {
        const rows = bars!.map(([index, text]) => {
            const bar = h("span.share");
            const share = Number(text);
            bar.style.width = `${Number.isFinite(share) ? 100 * share : 0}%`;
            return h("tr", h("th", { scope: "row" }, String(index)), h("td.number", text), h("td.length", bar));
        });
        const others = rest !== null && rest !== undefined && h("p", this.app.text(rest));
        const head = h("tr", h("th", { scope: "col" }, "class"), h("th", { scope: "col" }, "share"), h("td"));
        return h("div.softmax", h("table", h("thead", head), h("tbody", ...rows)), others);
    }

    #steps(id: LayerId): Node[] {
        const data = this.run.steps[id];
        const { first } = this.run.layers[id]!;
        const { name } = this.app.layer(this.model, id);
        if (first !== undefined) return [h("p.soft", "Step by step: ", h("code", traceCommand(name, first)))];
        if (!data) return [];
        this.#stepper = new Stepper(this.app, name, new Windows(id, data, this.#maps));
        return [this.#stepper.element];
    }
}

/** The command that takes the first value of a layer apart. */
function traceCommand(name: string, position: string): string {
    const quoted = /^[\w.@%+=:,/-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
    return `cnncalc forward MODEL --trace ${quoted}${position && ` --at ${position}`}`;
}
