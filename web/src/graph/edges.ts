/** Edges as they are drawn: straight down between points with the same x, otherwise in a curve that is vertical at both. */
import type { Edge } from "./drawing";
import type { Frame, Placed } from "./scene";

type Point = [number, number];

/** Where an edge goes. */
export function edgePoints(frame: Frame, edge: Edge): Point[] {
    const { left, top, form } = frame;
    const points: Point[] = [];
    const add = (x: number, y: number) => points.push([left + x, top + y]);
    const { leaves, enters, lanes } = form.edges[edge.index];
    let row = -1;
    if (edge.source) {
        const { x, y, height } = form.boxes[edge.source.index];
        row = edge.source.row;
        add(x + leaves, y + height / 2);
        add(x + leaves, form.rows[row].bottom);
    } else {
        add(form.ins[edge.sourcePort], 0);
    }
    for (const x of lanes) {
        row += 1;
        add(x, form.rows[row].top);
        add(x, form.rows[row].bottom);
    }
    if (edge.target) {
        const { x, y, height } = form.boxes[edge.target.index];
        add(x + enters, form.rows[edge.target.row].top);
        add(x + enters, y - height / 2);
    } else {
        add(form.outs[edge.targetPort], form.height);
    }
    return points;
}

/** The same as a path, with an arrow's head where it ends at a closed box. */
export function edgePath(frame: Frame, edge: Edge): string {
    const points = edgePoints(frame, edge);
    let [x, y] = points[0];
    let path = `M${x} ${y}`;
    for (const [nextX, nextY] of points.slice(1)) {
        const middle = (y + nextY) / 2;
        path += nextX === x ? `V${nextY}` : `C${x} ${middle} ${nextX} ${middle} ${nextX} ${nextY}`;
        [x, y] = [nextX, nextY];
    }
    return edge.target && !frame.boxes[edge.target.index].inside ? `${path}m-3.5 -6l3.5 6l3.5 -6` : path;
}

/** An edge in the drawing that it is part of. */
export interface EdgeThere {
    frame: Frame;
    edge: Edge;
}

/** The edges that lead to a box, from the boxes that it reads: through borders of open groups, in several drawings. */
export function edgesTo({ frame, box }: Placed): EdgeThere[] {
    return frame.drawing.entering[box.index].flatMap((edge) => upwards({ frame, edge }));
}

/** The edges that lead from a box to those that read it. */
export function edgesFrom({ frame, box }: Placed): EdgeThere[] {
    return frame.drawing.leaving[box.index].flatMap((edge) => downwards({ frame, edge }));
}

/** The box that an edge comes from or leads to; none where it ends at a border. */
export const sourceOf = ({ frame, edge }: EdgeThere): Placed | null => edge.source && frame.boxes[edge.source.index];
export const targetOf = ({ frame, edge }: EdgeThere): Placed | null => edge.target && frame.boxes[edge.target.index];

function upwards(there: EdgeThere): EdgeThere[] {
    const { frame, edge } = there;
    const source = sourceOf(there);
    if (source?.inside) {
        const inside = source.inside;
        const inner = inside.drawing.edges.filter(({ target, targetPort }) => !target && targetPort === edge.sourcePort);
        return [there, ...inner.flatMap((each) => upwards({ frame: inside, edge: each }))];
    }
    if (source || !frame.owner) return [there];
    const outer = frame.owner.frame;
    const entering = outer.drawing.entering[frame.owner.box.index];
    const outside = entering.filter(({ targetPort }) => targetPort === edge.sourcePort);
    return [there, ...outside.flatMap((each) => upwards({ frame: outer, edge: each }))];
}

function downwards(there: EdgeThere): EdgeThere[] {
    const { frame, edge } = there;
    const target = targetOf(there);
    if (target?.inside) {
        const inside = target.inside;
        const inner = inside.drawing.edges.filter(({ source, sourcePort }) => !source && sourcePort === edge.targetPort);
        return [there, ...inner.flatMap((each) => downwards({ frame: inside, edge: each }))];
    }
    if (target || !frame.owner) return [there];
    const outer = frame.owner.frame;
    const leaving = outer.drawing.leaving[frame.owner.box.index];
    const outside = leaving.filter(({ sourcePort }) => sourcePort === edge.targetPort);
    return [there, ...outside.flatMap((each) => downwards({ frame: outer, edge: each }))];
}
