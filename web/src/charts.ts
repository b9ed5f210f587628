import type { App, View } from "./app";

export interface ChartsData {}

export function chartsView(root: HTMLElement, app: App, model: number): View {
    void [root, app, model];
    return { select() {} };
}
