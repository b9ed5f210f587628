/** A button that copies the address of the selected layer. */
import { h } from "../dom";

export function copyLinkButton(): HTMLElement {
    const said = h("span", { role: "status" });
    const button = h("button.copy", { onclick: () => void copy() }, "Copy link");
    const root = h("span.copying", button, said);

    async function copy(): Promise<void> {
        try {
            await navigator.clipboard.writeText(location.href);
            said.textContent = "copied";
        } catch {
            // There is no clipboard, as on some pages that are opened from a file, or it is not ours to write to.
            const address = h("input", { readonly: true, value: location.href, "aria-label": "Address of the layer" });
            root.replaceChildren(address);
            address.select();
        }
    }
    return root;
}
