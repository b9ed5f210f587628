/** The state of the page: what is selected. Views are told when it changes; none knows another. */
import type { LayerData, LayerId, ModelData, PageData, TextId } from "./data";
import { entryNames } from "./details/entries";
import { nearest } from "./details/nearest";

export interface Selection {
    model: number;
    layer: LayerId;
}

/** Part of the page that follows the selection. */
export interface View {
    /** Shows that a layer is selected, or that none is. `layer` is of the model that the view belongs to. */
    select(layer: LayerId | null): void;
}

/** An address that names nothing, and what was probably meant. */
export interface Unknown {
    name: string;
    near: Selection | null;
}

export class App {
    selection: Selection | null = null;
    /** The layer of another model in the place of the selected one, which is shown there; null if there is none. */
    counterpart: (selection: Selection, model: number) => LayerId | null = () => null;
    readonly #views: View[][];
    readonly #unknown: ((unknown: Unknown | null) => void)[] = [];
    readonly #names: Map<string, LayerId>[];
    #followed: string | null = null;

    constructor(readonly data: PageData) {
        this.#views = data.models.map(() => []);
        this.#names = data.models.map((model) => names(model));
    }

    text(id: TextId): string {
        return this.data.texts[id];
    }

    model(index: number): ModelData {
        return this.data.models[index];
    }

    layer(model: number, id: LayerId): LayerData {
        return this.data.models[model].layers[id];
    }

    /** The layer of this name, or the one that the entry of this name ends in. */
    named(model: number, name: string): LayerId | undefined {
        return this.#names[model].get(name);
    }

    add(model: number, view: View): void {
        this.#views[model].push(view);
    }

    viewsOf(model: number): readonly View[] {
        return this.#views[model];
    }

    /** Tells when the address names something that is not there, and when it does no more. */
    whenUnknown(tell: (unknown: Unknown | null) => void): void {
        this.#unknown.push(tell);
    }

    /** Selects a layer (or none) and puts it into the address, so that the way back is the browser's. */
    select(selection: Selection | null): void {
        this.go(selection ? this.hash(selection) : "");
    }

    /** Goes to an address in the page, as a link does, without moving the page. */
    go(hash: string): void {
        if (hash !== location.hash) history.pushState(null, "", hash || location.pathname + location.search);
        this.follow();
    }

    /** Selects what the address says. */
    follow(): void {
        if (this.#followed === location.hash) return; // an address by hand is an event of two kinds
        this.#followed = location.hash;
        const name = location.hash.slice(1);
        const selection = name ? this.#addressed(name) : null;
        const unknown = name && !selection ? this.#unknownAt(name) : null;
        for (const tell of this.#unknown) tell(unknown);
        this.#show(selection);
    }

    /** Tells the views once more: one that was hidden may not have known its size. */
    refresh(): void {
        this.#show(this.selection);
    }

    /** `#conv1`; of the second model `#2:conv1`. */
    hash({ model, layer }: Selection): string {
        const name = encodeURIComponent(this.layer(model, layer).name);
        return model ? `#${model + 1}:${name}` : `#${name}`;
    }

    #addressed(address: string): Selection | null {
        for (const [model, name] of readings(address)) {
            const layer = this.#names[model]?.get(name);
            if (layer !== undefined) return { model, layer };
        }
        return null;
    }

    #unknownAt(address: string): Unknown {
        const all = readings(address).filter(([model]) => this.#names[model]);
        for (const [model, name] of all) {
            const near = nearest(name, this.#names[model].keys());
            if (near !== null) return { name, near: { model, layer: this.#names[model].get(near)! } };
        }
        return { name: all[0][1], near: null };
    }

    #show(selection: Selection | null): void {
        this.selection = selection;
        this.#views.forEach((views, model) => {
            const isOwn = !selection || selection.model === model;
            const layer = isOwn ? (selection?.layer ?? null) : this.counterpart(selection, model);
            for (const view of views) view.select(layer);
        });
    }
}

/** The layers by name, and what entries end in by theirs. */
function names(model: ModelData): Map<string, LayerId> {
    const found = new Map(model.layers.map((layer, id) => [layer.name, id]));
    entryNames(model).forEach((name, entry) => {
        if (!found.has(name)) found.set(name, model.details.entries[entry][5]);
    });
    return found;
}

/** What an address may mean: `2:conv1` is conv1 of the second model, or a layer whose name has a colon. */
function readings(address: string): [model: number, name: string][] {
    const whole: [number, string] = [0, decoded(address)];
    const [, number, name] = /^(\d+):(.+)$/s.exec(address) ?? [];
    return number ? [[Number(number) - 1, decoded(name)], whole] : [whole];
}

function decoded(text: string): string {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}
