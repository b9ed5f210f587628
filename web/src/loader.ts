/** Unpacks the page's script and runs it. Packed it takes less than half of the room, in every page that is written. The
 * page's policy has its hash, so that no other would run; where a browser cannot unpack it, the page stands without. */
const packed = document.querySelector("script[type='application/deflate']")!.textContent!;
const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));

new Response(unpacked).text().then((source) => {
    const script = document.createElement("script");
    script.textContent = source;
    document.head.append(script);
});

export {};
