/** The pixels of an input: 8-bit values, each the mean of a few positions. */
import type { TextId } from "../data";

export interface PixelsData {
    sizes: number[];
    /** Over how many positions each value is a mean, along each axis. */
    steps: number[];
    /** 3 for red, green and blue, 1 for grey. */
    channels: 1 | 3;
    /** The bytes, as base64. */
    values: string;
    words: TextId;
}

export class Pixels {
    readonly #bytes: Uint8Array;
    readonly #planes = new Map<string, HTMLCanvasElement>();

    constructor(private readonly data: PixelsData) {
        this.#bytes = Uint8Array.from(atob(data.values), (character) => character.charCodeAt(0));
    }

    step(axis: number | null): number {
        return axis === null ? 1 : this.data.steps[axis];
    }

    /** A pixel per value of a plane (one row if `down` is null); along the other axes, those at the position `at`. */
    plane(down: number | null, across: number, at: readonly number[]): HTMLCanvasElement {
        const cells = at.map((position, axis) =>
            axis === down || axis === across ? 0 : Math.floor(position / this.step(axis)),
        );
        const key = `${down},${across},${cells}`;
        const known = this.#planes.get(key);
        if (known) return known;
        const made = this.#drawn(down, across, cells);
        if (this.#planes.size > 64) this.#planes.clear();
        this.#planes.set(key, made);
        return made;
    }

    #drawn(down: number | null, across: number, cells: number[]): HTMLCanvasElement {
        const { sizes, channels } = this.data;
        const [height, width] = [down === null ? 1 : sizes[down], sizes[across]];
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [width, height];
        const context = canvas.getContext("2d")!;
        const image = context.createImageData(width, height);
        for (let row = 0; row < height; row++) {
            for (let column = 0; column < width; column++) {
                const place = cells.slice();
                if (down !== null) place[down] = row;
                place[across] = column;
                const from = channels * place.reduce((index, each, axis) => index * sizes[axis] + each, 0);
                const to = 4 * (row * width + column);
                for (let colour = 0; colour < 3; colour++) {
                    image.data[to + colour] = this.#bytes[from + (channels === 3 ? colour : 0)];
                }
                image.data[to + 3] = 255;
            }
        }
        context.putImageData(image, 0, 0);
        return canvas;
    }
}
