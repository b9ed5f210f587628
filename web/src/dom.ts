/** Elements, made without ever reading a text as HTML. */

type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;
type Content = Node | string | null | undefined | false;

const SVG = "http://www.w3.org/2000/svg";

function fill<E extends Element>(element: E, attributes: Attributes, content: Content[]): E {
    for (const [name, value] of Object.entries(attributes)) {
        if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
        else if (value === true) element.setAttribute(name, "");
        else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
    }
    element.append(...content.filter((each): each is Node | string => each !== null && each !== undefined && each !== false));
    return element;
}

/** `h("button", { class: "x", onclick: f }, "text")`. */
export function h<K extends keyof HTMLElementTagNameMap>(
    tag: K, attributes: Attributes = {}, ...content: Content[]
): HTMLElementTagNameMap[K] {
    return fill(document.createElement(tag), attributes, content);
}

/** The same for elements of SVG. */
export function s<K extends keyof SVGElementTagNameMap>(
    tag: K, attributes: Attributes = {}, ...content: Content[]
): SVGElementTagNameMap[K] {
    return fill(document.createElementNS(SVG, tag), attributes, content);
}
