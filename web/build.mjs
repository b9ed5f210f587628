// Builds the page's template: styles and script in one file, with a Content-Security-Policy that allows these alone. The
// script is packed, and unpacked by a loader. Nothing in the template depends on the machine or the time, so that CI can
// build it again and compare: not even the packing, which in Node would be that of whatever zlib it has.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { deflateSync, strToU8 } from "fflate";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const target = process.argv[2] ?? here("../cnncalc/report/page/template.html");

async function bundled(entry) {
    const { outputFiles, metafile } = await build({
        absWorkingDir: here("."),
        entryPoints: [entry],
        bundle: true,
        minify: true,
        write: false,
        metafile: true,
        charset: "utf8",
        format: "iife",
        target: ["es2022"],
        legalComments: "inline",
        logLevel: "warning",
    });
    // Code of others would have to be named in THIRD_PARTY.md: there is none.
    const foreign = Object.keys(metafile.inputs).filter((path) => !path.startsWith("src/"));
    if (foreign.length) throw new Error(`not from src/: ${foreign.join(", ")}`);
    return outputFiles[0].text.trim();
}

/** The source expression of a Content-Security-Policy for the text of an element. */
const hash = (text) => `'sha256-${createHash("sha256").update(text, "utf8").digest("base64")}'`;

const script = await bundled("src/main.ts");
const loader = await bundled("src/loader.ts");
const style = await bundled("src/style.css");
for (const [text, end] of [[script, "</script"], [loader, "</script"], [style, "</style"]]) {
    if (text.toLowerCase().includes(end) || text.includes("<!--")) throw new Error(`a bundle contains ${end} or <!--`);
}
const policy = [
    "default-src 'none'",
    `script-src ${hash(loader)} ${hash(script)}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
].join("; ");
const shell = await readFile(here("src/shell.html"), "utf8");
const packed = Buffer.from(deflateSync(strToU8(script), { level: 9 })).toString("base64");
const parts = { policy, style, loader, packed };
// A function as the replacement: in a text, `$&` and the like would be replaced too.
await writeFile(target, shell.replace(/\{\{(\w+)\}\}/g, (whole, name) => parts[name] ?? whole));
