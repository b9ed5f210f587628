/** Rules and symbols, in which a subscript is written `n_{in}`. */
import { h } from "../dom";

export function withSubscripts(text: string): (Node | string)[] {
    return text.split(/_\{(.*?)\}/).map((part, index) => (index % 2 ? h("sub", {}, part) : part));
}
