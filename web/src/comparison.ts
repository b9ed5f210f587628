import type { App } from "./app";

export interface ComparisonData {}

export function comparisonView(root: HTMLElement, app: App): void {
    void [root, app];
}
