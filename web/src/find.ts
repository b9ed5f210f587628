/** Finding layers by name, kind, words, shape or origin: a combobox with a list of suggestions, as the ARIA Authoring
 * Practices describe it. */
import type { App, Selection, Unknown } from "./app";
import { detailsOf } from "./details/entries";
import { h, hasModifier, set } from "./dom";

const MOST_SUGGESTED = 20;

interface Candidate extends Selection {
    name: string;
    /** All that it is found by, in lower case. */
    words: string;
}

export function find(root: HTMLElement, app: App): void {
    root.append(new Finder(app).root, unknownNotice(app));
}

class Finder {
    readonly root: HTMLElement;
    readonly #input: HTMLInputElement;
    readonly #list = h("ul", { role: "listbox", id: "found", "aria-label": "Layers", hidden: true });
    readonly #count = h("p.count.soft", { role: "status" });
    readonly #options: Selection[] = [];
    #active = -1;
    #known: Candidate[] | null = null;

    constructor(private readonly app: App) {
        this.#input = h("input", {
            type: "search", role: "combobox", "aria-label": "Find a layer", placeholder: "Find a layer  ( / )", autocomplete: "off",
            spellcheck: "false", "aria-controls": "found", "aria-expanded": "false", "aria-autocomplete": "list",
            oninput: () => this.#suggest(), onkeydown: (event: KeyboardEvent) => this.#key(event), onblur: () => this.#close(),
        });
        this.#list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays where it is
        this.#list.addEventListener("click", (event) => {
            const option = (event.target as Element).closest("li");
            if (option) this.#choose([...this.#list.children].indexOf(option));
        });
        this.root = h("div.finder", { role: "search" }, this.#input, this.#list, this.#count);
        document.addEventListener("keydown", (event) => {
            const isTyping = (event.target as Element).closest?.("input, textarea, select, [contenteditable]");
            if (event.key !== "/" || isTyping || hasModifier(event)) return;
            event.preventDefault();
            this.#input.focus();
            this.#input.select();
        });
    }

    #suggest(): void {
        this.#known ??= candidates(this.app);
        const wanted = tokens(this.#input.value);
        if (!wanted.length) return this.#close();
        const { best, count } = matching(this.#known, wanted);
        this.#options.splice(0, Infinity, ...best);
        this.#list.replaceChildren(...best.map((each, index) => this.#option(each, index)));
        this.#list.hidden = !best.length;
        set(this.#input, { "aria-expanded": String(best.length > 0) });
        this.#count.textContent = count > best.length ? `the first ${best.length} of ${count.toLocaleString("en")}` : count ? "" : "no layer matches";
        this.#move(-1);
    }

    #option({ model, layer }: Selection, index: number): HTMLElement {
        const { app } = this;
        const { name, words, shape } = app.layer(model, layer);
        const of = app.data.models.length > 1 ? `${app.model(model).name} · ` : "";
        return h("li", { role: "option", id: `found-${index}`, "aria-selected": "false" },
            h("strong", name), h("span.soft", `${of}${app.text(words)} · ${app.text(shape)}`));
    }

    #key(event: KeyboardEvent): void {
        const last = this.#options.length - 1;
        const isOpen = !this.#list.hidden;
        if (event.key === "ArrowDown" && !isOpen) this.#suggest();
        else if (event.key === "ArrowDown") this.#move(this.#active < last ? this.#active + 1 : 0);
        else if (event.key === "ArrowUp" && isOpen) this.#move(this.#active > 0 ? this.#active - 1 : last);
        else if (event.key === "Enter" && isOpen) this.#choose(Math.max(this.#active, 0));
        else if (event.key === "Escape" && isOpen) this.#close();
        else if (event.key === "Escape") this.#input.value = "";
        else return;
        event.preventDefault();
    }

    #move(to: number): void {
        this.#list.children[this.#active]?.setAttribute("aria-selected", "false");
        this.#active = to;
        const option = this.#list.children[to];
        option?.setAttribute("aria-selected", "true");
        option?.scrollIntoView({ block: "nearest" });
        set(this.#input, { "aria-activedescendant": option?.id });
    }

    #choose(index: number): void {
        const chosen = this.#options[index];
        if (!chosen) return;
        this.#close();
        this.app.select(chosen);
    }

    #close(): void {
        this.#list.hidden = true;
        this.#count.textContent = "";
        set(this.#input, { "aria-expanded": "false" });
        this.#move(-1);
    }
}

function candidates(app: App): Candidate[] {
    return app.data.models.flatMap((model, number) => model.layers.map(({ name, words, kind, shape }, layer) => {
        const origin = detailsOf(model, layer)?.[5]?.origin;
        const of = app.data.models.length > 1 ? model.name : "";
        const all = [name, app.text(kind), app.text(words), app.text(shape), origin === undefined ? "" : app.text(origin), of];
        return { model: number, layer, name: name.toLowerCase(), words: all.join("\n").toLowerCase() };
    }));
}

/** What has to be there; `3x224x224` may be typed for `3×224×224`. */
function tokens(text: string): string[] {
    return text.toLowerCase().replace(/(\d)x(?=\d)/g, "$1×").split(/\s+/).filter(Boolean);
}

/** The first of those that match, names before what else matches, and how many do. */
function matching(known: Candidate[], wanted: string[]): { best: Candidate[]; count: number } {
    const ranks: Candidate[][] = [[], [], [], []];
    let count = 0;
    for (const each of known) {
        if (!wanted.every((token) => each.words.includes(token))) continue;
        count++;
        const rank = ranks[rankOf(each.name, wanted)];
        if (rank.length < MOST_SUGGESTED) rank.push(each);
    }
    return { best: ranks.flat().slice(0, MOST_SUGGESTED), count };
}

function rankOf(name: string, wanted: string[]): number {
    const first = wanted[0];
    if (wanted.length === 1 && name === first) return 0;
    if (name.startsWith(first) || name.includes(`.${first}`)) return 1;
    return wanted.every((token) => name.includes(token)) ? 2 : 3;
}

/** Says that the address names no layer, and which one was probably meant. */
function unknownNotice(app: App): HTMLElement {
    const notice = h("div", { role: "status" });
    app.whenUnknown((unknown) => notice.replaceChildren(...(unknown ? [notFound(app, unknown)] : [])));
    return notice;
}

function notFound(app: App, { name, near }: Unknown): HTMLElement {
    const shown = name.length > 80 ? `${name.slice(0, 79)}…` : name;
    const words = `There is no layer ${shown}`;
    if (!near) return h("p.notice", `${words}.`);
    const link = h("a", { href: app.hash(near) }, app.layer(near.model, near.layer).name);
    return h("p.notice", `${words}; did you mean `, link, "?");
}
