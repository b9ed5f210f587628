/** How a drawing grows where boxes in it are open: what is beside and below them moves away.
 *
 * Rows grow with their highest box. Boxes and lanes that have the same x keep a common one, so that columns and edges stay
 * straight, and no two neighbours of a row come closer. The same as `opened` in
 * `cnncalc/exporting/drawing/layout/opening.py`, with which tests compare it. */
import type { Box, Drawing, Measures } from "./drawing";
import type { Frame, Placed } from "./scene";

interface Rectangle {
    /** Of the centre. */
    x: number;
    y: number;
    width: number;
    height: number;
}

interface Row {
    top: number;
    bottom: number;
}

/** Where everything in a drawing is. */
export interface Form {
    width: number;
    height: number;
    rows: Row[];
    ins: number[];
    outs: number[];
    /** By index. */
    boxes: Rectangle[];
    edges: { leaves: number; enters: number; lanes: number[] }[];
}

/** The form of a drawing with everything closed. */
export function closedForm({ data, boxes, edges }: Drawing): Form {
    const rows: Row[] = [];
    for (let index = 0; index < data.rows.length; index += 2) rows.push({ top: data.rows[index], bottom: data.rows[index + 1] });
    return { width: data.width, height: data.height, rows, ins: data.ins, outs: data.outs, boxes, edges };
}

/** The form of a drawing whose open boxes have theirs. */
export function stretched({ drawing, boxes: placed }: Frame, measures: Measures, leastWidth: (placed: Placed) => number): Form {
    const before = drawing.form;
    const sizes = placed.map((each) => grown(each, measures, leastWidth));
    const { shift, wider } = shifts(drawing, sizes);
    const rows = stretchedRows(drawing, sizes, measures);
    const at = (x: number) => x + shift.get(x)!;
    const boxes = drawing.boxes.map(({ x, row }, index) => {
        return { ...sizes[index], x: at(x), y: (rows[row].top + rows[row].bottom) / 2 };
    });
    return {
        width: before.width + wider,
        height: before.height + rows.at(-1)!.bottom - before.rows.at(-1)!.bottom,
        rows,
        ins: before.ins.map(at),
        outs: before.outs.map(at),
        boxes,
        edges: drawing.edges.map((edge) => ({
            leaves: atPort(placed, edge.source, edge.sourcePort, "outs") ?? edge.leaves,
            enters: atPort(placed, edge.target, edge.targetPort, "ins") ?? edge.enters,
            lanes: edge.lanes.map(at),
        })),
    };
}

/** How large a box is, open or closed. */
function grown(placed: Placed, { head, side }: Measures, leastWidth: (placed: Placed) => number): { width: number; height: number } {
    const { width, height } = placed.box;
    if (!placed.inside) return { width, height };
    const { form } = placed.inside;
    return { width: Math.max(width, even(form.width + 2 * side), even(leastWidth(placed))), height: Math.max(height, head + form.height) };
}

/** Each row is as much higher as the highest of its boxes needs. */
function stretchedRows(drawing: Drawing, sizes: { height: number }[], { margin }: Measures): Row[] {
    const { rows } = drawing.form;
    const more = rows.map(() => 0);
    drawing.boxes.forEach(({ row, index }) => {
        more[row] = Math.max(more[row], sizes[index].height + 2 * margin - (rows[row].bottom - rows[row].top));
    });
    let below = 0;
    return rows.map(({ top, bottom }, row) => {
        const moved = { top: top + below, bottom: bottom + below + more[row] };
        below += more[row];
        return moved;
    });
}

/** How far what is at an x moves to the right, and how much wider the drawing gets.
 *
 * What stands in a row is a chain, and so are the ports of a border. Two neighbours move apart by half of what each grows:
 * from the left, this gives the least that each x moves, from the right the most. Between the two, each moves as near to
 * half of all as those at its left allow, so that what is in the middle stays there. */
function shifts(drawing: Drawing, sizes: { width: number }[]): { shift: Map<number, number>; wider: number } {
    const apart = new Map<number, [number, number][]>(); // x → its left neighbours, and how much further away
    const ends = new Map<number, number>(); // x → how much further from both borders
    for (const chain of chains(drawing, sizes)) {
        for (const [x, half] of chain) ends.set(x, Math.max(ends.get(x) ?? 0, half));
        ascending(chain.keys()).forEach((x, place, xs) => {
            if (place) append(apart, x, [xs[place - 1], chain.get(xs[place - 1])! + chain.get(x)!]);
        });
    }
    const ordered = ascending(ends.keys());
    const least = new Map<number, number>();
    for (const x of ordered) least.set(x, Math.max(ends.get(x)!, ...lefts(apart, x).map(([each, more]) => least.get(each)! + more)));
    const wider = Math.max(0, ...ordered.map((x) => least.get(x)! + ends.get(x)!));
    const most = new Map(ordered.map((x) => [x, wider - ends.get(x)!]));
    for (const x of [...ordered].reverse()) {
        for (const [each, more] of lefts(apart, x)) most.set(each, Math.min(most.get(each)!, most.get(x)! - more));
    }
    const shift = new Map<number, number>();
    for (const x of ordered) {
        const wanted = Math.min(Math.floor(wider / 2), most.get(x)!);
        shift.set(x, Math.max(wanted, ends.get(x)!, ...lefts(apart, x).map(([each, more]) => shift.get(each)! + more)));
    }
    return { shift, wider };
}

/** What is side by side: where it is, with half of what it grows. */
function chains({ form, boxes, edges }: Drawing, sizes: { width: number }[]): Map<number, number>[] {
    const rows: Map<number, number>[] = form.rows.map(() => new Map());
    for (const { row, x, width, index } of boxes) rows[row].set(x, (sizes[index].width - width) / 2);
    for (const { source, lanes } of edges) {
        const first = source ? source.row + 1 : 0;
        lanes.forEach((x, step) => rows[first + step].has(x) || rows[first + step].set(x, 0));
    }
    const ports = (xs: number[]) => new Map(xs.map((x) => [x, 0]));
    return [ports(form.ins), ...rows, ports(form.outs)];
}

/** So that the halves are whole. */
const even = (length: number) => length + (length % 2);
const ascending = (numbers: Iterable<number>) => [...numbers].sort((a, b) => a - b);
const lefts = (apart: Map<number, [number, number][]>, x: number) => apart.get(x) ?? [];

function append<K, V>(lists: Map<K, V[]>, key: K, item: V): void {
    const list = lists.get(key);
    if (list) list.push(item);
    else lists.set(key, [item]);
}

/** How far right of its centre an edge begins or ends at an open box: where the port is. */
function atPort(placed: Placed[], box: Box | null, port: number, ports: "ins" | "outs"): number | null {
    const inside = box && placed[box.index].inside;
    return inside && port >= 0 ? inside.form[ports][port] - inside.form.width / 2 : null;
}
