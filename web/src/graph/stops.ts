/** Where the arrow keys go: down and up along the edges, left and right to what stands beside. */
import type { Edge } from "./drawing";
import type { Frame, Placed } from "./scene";

/** What can be focused: a box, or the bar of an open one, and beside that the buttons that step through its copies. */
export interface Stop {
    placed: Placed;
    part: Part;
}
export type Part = "box" | "previous" | "next";

/** The stop in a direction; null if there is none. */
export function next(stop: Stop, key: string): Stop | null {
    if (key === "ArrowLeft" || key === "ArrowRight") return beside(stop, key === "ArrowLeft" ? -1 : 1);
    const placed = key === "ArrowDown" ? below(stop.placed) : key === "ArrowUp" ? above(stop.placed) : null;
    return placed && { placed, part: "box" };
}

/** The box that reads this one; of an open group the first one inside. */
function below(placed: Placed): Placed | null {
    const { frame, inside } = placed;
    const found = inside
        ? targets(inside, inside.drawing.edges.filter(({ source }) => !source))
        : targets(frame, frame.drawing.leaving[placed.box.index]);
    if (inside && !found.length) return inside.boxes[0];
    return nearest(placed, found, (each) => each.top - placed.top);
}

/** The box that this one reads; of the first one in an open group the group. */
function above(placed: Placed): Placed | null {
    const { frame } = placed;
    const found = sources(frame, frame.drawing.entering[placed.box.index]);
    return nearest(placed, found, (each) => placed.top - each.top);
}

function targets(frame: Frame, edges: Edge[]): Placed[] {
    return edges.flatMap(({ target, targetPort }) => {
        if (target) return [frame.boxes[target.index]];
        const { owner } = frame;
        if (!owner) return [];
        const outside = owner.frame.drawing.leaving[owner.box.index];
        return targets(owner.frame, outside.filter(({ sourcePort }) => sourcePort === targetPort));
    });
}

function sources(frame: Frame, edges: Edge[]): Placed[] {
    return edges.flatMap(({ source, sourcePort }) => {
        if (!source) return frame.owner ? [frame.owner] : [];
        const placed = frame.boxes[source.index];
        if (!placed.inside) return [placed];
        const within = placed.inside.drawing.edges;
        return sources(placed.inside, within.filter((edge) => !edge.target && edge.targetPort === sourcePort));
    });
}

/** The one that is fewest steps away; of several beside each other, the one that is least to the side. */
function nearest(from: Placed, found: Placed[], away: (placed: Placed) => number): Placed | null {
    const middle = from.left + from.width / 2;
    const aside = (each: Placed) => Math.abs(each.left + each.width / 2 - middle);
    const [first] = [...new Set(found)].sort((a, b) => away(a) - away(b) || aside(a) - aside(b) || a.left - b.left);
    return first ?? null;
}

function beside({ placed, part }: Stop, step: number): Stop | null {
    const { frame, box } = placed;
    const row = frame.boxes.filter((each) => each.box.row === box.row).sort((a, b) => a.left - b.left);
    const stops = row.flatMap((each) => parts(each).map((name) => ({ placed: each, part: name })));
    const index = stops.findIndex((each) => each.placed === placed && each.part === part);
    const found = stops[index + step];
    return found ?? (frame.owner && beside({ placed: frame.owner, part: step < 0 ? "box" : lastPart(frame.owner) }, step));
}

const parts = ({ inside, box }: Placed): Part[] => (inside && box.times > 1 ? ["box", "previous", "next"] : ["box"]);
const lastPart = (placed: Placed): Part => parts(placed).at(-1)!;
