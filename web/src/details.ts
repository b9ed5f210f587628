import type { App, View } from "./app";

export interface DetailsData {}

export function detailsView(root: HTMLElement, app: App, model: number): View {
    void [root, app, model];
    return { select() {} };
}
