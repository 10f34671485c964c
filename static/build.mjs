// Bundles src/js into dist and draws the icon sprite. Same input, same bytes: CI compares them.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const icons = readFileSync("src/icons.txt", "utf8").split(/\s+/).filter(Boolean).sort();
const symbols = icons.map((name) => {
  const svg = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
});
writeFileSync(
  "dist/icons.svg",
  `<!-- lucide icons, ISC licence -->\n<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
);

writeFileSync("dist/land.svg", readFileSync("src/land.svg"));
for (const name of ["running", "waiting", "done", "failed", "stopped", "plain"]) {
  writeFileSync(`dist/favicon-${name}.svg`, readFileSync(`src/favicons/${name}.svg`));
}

await build({
  entryPoints: ["src/js/app.js", "src/js/deployment.js"],
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "eof",
  logLevel: "warning",
});
