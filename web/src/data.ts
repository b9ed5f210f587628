/** What the page knows: written by `cnncalc/report/page/`, read once. Every text is stored once, numbers are formatted in
 * Python, and what is an index of a text is called a `TextId` here. */
import type { ChartsData } from "./charts";
import type { ComparisonData } from "./comparison";
import type { FieldsData } from "./field";
import type { GraphData } from "./graph";
import type { DetailsData } from "./details";
import type { ValuesData } from "./values";

/** An index into `PageData.texts`. */
export type TextId = number;
/** An index into `ModelData.layers`. */
export type LayerId = number;

export interface PageData {
    version: 1;
    texts: string[];
    models: ModelData[];
    comparison: ComparisonData | null;
}

export interface ModelData {
    name: string;
    /** The inputs of the model, then all layers in the order of the forward pass. */
    layers: LayerData[];
    drawings: GraphData;
    details: DetailsData;
    fields: FieldsData;
    charts: ChartsData;
    values: ValuesData | null;
}

export interface LayerData {
    name: string;
    kind: TextId;
    /** The kind with its settings, in words. */
    words: TextId;
    /** The shape of its output. */
    shape: TextId;
    inputs: LayerId[];
}
