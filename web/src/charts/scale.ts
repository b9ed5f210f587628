/** How high the charts of a page are: with several models, charts of the same quantity end at the same number, so that
 * bars can be compared. */
import type { App } from "../app";
import type { Plot } from "./plot";

export class Scale {
    isShared = true;
    /** The charts of each model, by quantity. */
    readonly #models: Plot[][] = [];
    readonly #told: (() => void)[] = [];

    /** Takes part, and is told when the scale is shared or no longer. */
    join(plots: Plot[], told: () => void): void {
        this.#models.push(plots);
        this.#told.push(told);
    }

    share(isShared: boolean): void {
        this.isShared = isShared;
        for (const tell of this.#told) tell();
        this.apply();
    }

    /** Draws all bars as high as they are now: what a chart shows has changed. */
    apply(): void {
        for (const plots of this.#models) {
            plots.forEach((plot, quantity) => {
                const together = this.isShared ? this.#models.map((each) => each[quantity]) : [plot];
                const highest = together.reduce((one, other) => (other.highest > one.highest ? other : one));
                plot.draw(highest.highest, highest.ticks());
            });
        }
    }
}

const scales = new WeakMap<App, Scale>();

export function sharedScale(app: App): Scale {
    const scale = scales.get(app) ?? new Scale();
    scales.set(app, scale);
    return scale;
}
