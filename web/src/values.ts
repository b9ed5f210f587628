import type { App, View } from "./app";

export interface ValuesData {}

export function valuesView(root: HTMLElement, app: App, model: number): View {
    void [root, app, model];
    return { select() {} };
}
