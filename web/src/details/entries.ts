/** Entries of the spec: what they are called, and which layers they have. */
import type { LayerId, ModelData } from "../data";
import type { EntryId, LayerDetails } from "./data";

/** How many of the nodes of a model are its inputs. */
function inputCount(model: ModelData): number {
    return model.layers.length - model.details.layers.length;
}

/** What there is to say about a layer; undefined for an input of the model. */
export function detailsOf(model: ModelData, layer: LayerId): LayerDetails | undefined {
    return model.details.layers[layer - inputCount(model)];
}

/** The whole names of all entries. */
export function entryNames(model: ModelData): string[] {
    const names: string[] = [];
    for (const [around, shared, rest] of model.details.entries) {
        const parts = shared ? names[around].split(".").slice(0, shared) : [];
        names.push([...parts, ...(rest ? [rest] : [])].join("."));
    }
    return names;
}

/** The layers of each entry itself, in order. */
export function layersByEntry(model: ModelData): Map<EntryId, LayerId[]> {
    const found = new Map<EntryId, LayerId[]>();
    model.details.layers.forEach(([entry], index) => {
        const layers = found.get(entry);
        if (layers) layers.push(index + inputCount(model));
        else found.set(entry, [index + inputCount(model)]);
    });
    return found;
}
