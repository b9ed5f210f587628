import type { App, View } from "./app";

export interface DrawingData {}

export function graphView(root: HTMLElement, app: App, model: number): View {
    void [root, app, model];
    return { select() {} };
}
