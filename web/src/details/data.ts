/** What the page knows of layers besides the graph: written by `cnncalc/report/page/_details.py` and `panel/`. */
import type { LayerId, TextId } from "../data";

/** An index into `DetailsData.entries`. */
export type EntryId = number;

export interface DetailsData {
    model: { description: TextId; facts: [label: TextId, value: TextId, named?: LayerId][]; notes: TextId[] };
    /** In the order of `ModelData.layers`, without the inputs of the model, which come first there. */
    layers: LayerDetails[];
    entries: EntryData[];
    places: PlaceData[];
    /** Texts side by side: of a number its label, its value, its share; of a setting its name, its value, whether that is
     * the default, and its meaning. "" where there is nothing to say. */
    rows: TextId[][];
    /** Rows that belong together, as indices into `rows`. */
    tables: number[][];
    blocks: BlockData[];
    /** Symbols, each followed by its meaning. */
    legends: TextId[][];
    /** An index into `legends`, and then indices into `blocks`, in order. */
    derivations: [legend: number, ...blocks: number[]][];
}

export type LayerDetails = [
    entry: EntryId,
    derivation: number | null,
    numbers: number,
    settings: number,
    /** What it sees of each input of the model: the input's name and a table, in turn. */
    fields: number[],
    further?: FurtherDetails,
];

/** What only some layers have. */
export interface FurtherDetails {
    /** What it is called in the model that it came from. */
    origin?: TextId;
    /** Where it is in the file that it was read from. */
    read?: TextId;
    copies?: TextId;
    frozen?: true;
    /** That of the model inside this one that it belongs to. */
    convention?: TextId;
    /** The layer whose weights it uses. */
    shares?: LayerId;
    /** The layer whose size it takes. */
    like?: LayerId;
}

/** The entry around it or -1; how many parts of its name are those of that entry's name, and the rest of it; its kind in
 * words; an index into `places`; the layer that it ends in; and the numbers of its own layers together, if it has several. */
export type EntryData = [
    around: EntryId, shared: number, rest: string, words: TextId, place: number, end: LayerId, together: TextId,
];

/** Line and column are 0 in a file that is no text. */
export type PlaceData = [file: TextId, line: number, column: number, quoted: TextId];

/** A remark; or a number, with its rule and the rule with numbers substituted where it was calculated. */
export type BlockData = TextId | [quantity: TextId, rule: TextId, numbers: TextId, result: TextId, words: TextId];
