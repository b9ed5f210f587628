import type { App, View } from "./app";

export interface FieldsData {}

export function fieldView(root: HTMLElement, app: App, model: number): View {
    void [root, app, model];
    return { select() {} };
}
