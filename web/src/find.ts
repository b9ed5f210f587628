import type { App } from "./app";

export function find(root: HTMLElement, app: App): void {
    void [root, app];
}
