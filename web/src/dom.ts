/** Elements, made without ever reading a text as HTML. */

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;
export type Content = Node | string | null | undefined | false;
/** Attributes may be left out. What is nothing is left out, too. */
type Parts = [Attributes, ...Content[]] | Content[];

const SVG = "http://www.w3.org/2000/svg";

function filled<E extends Element>(element: E, classes: string[], parts: Parts): E {
    if (classes.length) element.setAttribute("class", classes.join(" "));
    for (const part of parts) {
        if (part instanceof Node || typeof part === "string") element.append(part);
        else if (part) set(element, part);
    }
    return element;
}

/** Sets attributes, or removes them: true stands for one without a value; and listens: `{ onclick: f }`. */
export function set(element: Element, attributes: Attributes): void {
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
        else if (value === false || value === null || value === undefined) element.removeAttribute(name);
        else element.setAttribute(name, value === true ? "" : String(value));
    }
}

/** `h("button.wide.soft", { onclick: f }, "text")`: a button with two classes. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K | `${K}.${string}`, ...parts: Parts): HTMLElementTagNameMap[K] {
    const [name, ...classes] = tag.split(".");
    return filled(document.createElement(name as K), classes, parts);
}

/** The same for elements of SVG. */
export function s<K extends keyof SVGElementTagNameMap>(tag: K | `${K}.${string}`, ...parts: Parts): SVGElementTagNameMap[K] {
    const [name, ...classes] = tag.split(".");
    return filled(document.createElementNS(SVG, name as K), classes, parts);
}

/** Whether a key or a click is one of the browser's. */
export function hasModifier(event: KeyboardEvent | MouseEvent): boolean {
    return event.ctrlKey || event.metaKey || event.altKey;
}
