/** How wide texts are. */
const FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif";
export const NAME_FONT = `bold 13px ${FAMILY}`;
export const TAG_FONT = `bold 11px ${FAMILY}`;
export const TEXT_FONT = `12px ${FAMILY}`;

let context: CanvasRenderingContext2D | null = null;

export function widthOf(text: string, font: string): number {
    context ??= document.createElement("canvas").getContext("2d")!;
    context.font = font;
    return context.measureText(text).width;
}
