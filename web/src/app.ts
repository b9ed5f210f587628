/** The state of the page: what is selected. Views are told when it changes; none knows another. */
import type { LayerData, LayerId, ModelData, PageData, TextId } from "./data";

export interface Selection {
    model: number;
    layer: LayerId;
}

/** Part of the page that follows the selection. */
export interface View {
    /** Shows that a layer is selected, or that none is. `layer` is of the model that the view belongs to. */
    select(layer: LayerId | null): void;
}

export class App {
    selection: Selection | null = null;
    /** The layer of another model in the place of the selected one, which is shown there; null if there is none. */
    counterpart: (selection: Selection, model: number) => LayerId | null = () => null;
    private readonly views: View[][];
    private readonly names: Map<string, LayerId>[];

    constructor(readonly data: PageData) {
        this.views = data.models.map(() => []);
        this.names = data.models.map((model) => new Map(model.layers.map((layer, id) => [layer.name, id])));
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

    named(model: number, name: string): LayerId | undefined {
        return this.names[model].get(name);
    }

    add(model: number, view: View): void {
        this.views[model].push(view);
    }

    viewsOf(model: number): readonly View[] {
        return this.views[model];
    }

    /** Selects a layer (or none) and puts it into the address, so that the way back is the browser's. */
    select(selection: Selection | null): void {
        const hash = selection ? this.hash(selection) : "";
        if (hash !== location.hash) history.pushState(null, "", hash || location.pathname + location.search);
        this.show(selection);
    }

    /** Selects what the address says. */
    follow(): void {
        this.show(this.addressed(location.hash));
    }

    /** `#conv1`; of the second model `#2:conv1`. */
    hash({ model, layer }: Selection): string {
        const name = encodeURIComponent(this.layer(model, layer).name);
        return model ? `#${model + 1}:${name}` : `#${name}`;
    }

    private addressed(hash: string): Selection | null {
        const [, number, name] = /^#(?:(\d+):)?(.*)$/s.exec(hash) ?? [];
        if (!name) return null;
        const model = number ? Number(number) - 1 : 0;
        const layer = this.names[model]?.get(decoded(name));
        return layer === undefined ? null : { model, layer };
    }

    private show(selection: Selection | null): void {
        this.selection = selection;
        this.views.forEach((views, model) => {
            const isOwn = !selection || selection.model === model;
            const layer = isOwn ? (selection?.layer ?? null) : this.counterpart(selection, model);
            for (const view of views) view.select(layer);
        });
    }
}

function decoded(text: string): string {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}
