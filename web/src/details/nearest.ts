/** The name that was probably meant. */

/** How many characters are to be changed, added or left out; more than `most` counts as one more. */
function distance(one: string, other: string, most: number): number {
    if (Math.abs(one.length - other.length) > most) return most + 1;
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (let i = 1; i <= one.length; i++) {
        const before = row;
        row = [i];
        for (let j = 1; j <= other.length; j++) {
            const changed = before[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
            row.push(Math.min(before[j] + 1, row[j - 1] + 1, changed));
        }
        if (Math.min(...row) > most) return most + 1;
    }
    return row[other.length];
}

export function nearest(name: string, known: Iterable<string>): string | null {
    const wanted = name.slice(0, 100).toLowerCase();
    let most = Math.ceil(wanted.length / 3);
    let found: string | null = null;
    for (const each of known) {
        if (each.toLowerCase().endsWith(`.${wanted}`)) return each; // without the names of the groups around it
        const edits = distance(wanted, each.toLowerCase(), most);
        if (edits <= most) {
            found = each;
            most = edits - 1;
        }
    }
    return found;
}
