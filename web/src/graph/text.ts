/** How wide texts are. */
const FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif";
export const NAME_FONT = `bold 13px ${FAMILY}`;
export const TEXT_FONT = `12px ${FAMILY}`;

let context: CanvasRenderingContext2D | null = null;

function widthOf(text: string, font: string): number {
    context ??= document.createElement("canvas").getContext("2d")!;
    context.font = font;
    return context.measureText(text).width;
}

/** What has room of a text: all of it, its beginning, or nothing. */
export function fitted(text: string, room: number, font: string): { text: string; width: number } {
    const characters = [...text];
    const shown = (count: number) => (count < characters.length ? `${characters.slice(0, count).join("").trimEnd()}…` : text);
    let [fits, tooMany] = [0, characters.length + 1];
    while (tooMany - fits > 1) {
        const count = (fits + tooMany) >> 1;
        if (widthOf(shown(count), font) <= room) fits = count;
        else tooMany = count;
    }
    const found = fits ? shown(fits) : "";
    return { text: found, width: widthOf(found, font) };
}
