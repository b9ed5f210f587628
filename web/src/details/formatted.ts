/** Texts with a little form in them, as elements. */
import { h } from "../dom";

/** Rules and symbols, in which a subscript is written `n_{in}`. */
export function withSubscripts(text: string): (Node | string)[] {
    return text.split(/_\{(.*?)\}/).map((part, index) => (index % 2 ? h("sub", part) : part));
}

/** Sentences, in which names and settings are between backticks. */
export function withCode(text: string): (Node | string)[] {
    return text.split(/`([^`\n]+)`/).map((part, index) => (index % 2 ? h("code", part) : part));
}
