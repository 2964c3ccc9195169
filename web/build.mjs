// Copyright 2026 The Loadline Authors.
// SPDX-License-Identifier: Apache-2.0

// Builds the page into a folder: node build.mjs [FOLDER]. The same sources and the same
// package-lock.json make the same bytes.

import { build } from "esbuild";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, "../pkg/dashboard/assets"));
const ours = "Copyright 2026 The Loadline Authors.\nSPDX-License-Identifier: Apache-2.0";
const others = "Contains uPlot, see LICENSES.txt.";

await mkdir(folder, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/page.ts", "src/page.css"],
  outdir: folder,
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome112", "firefox115", "safari16.4"],
  charset: "utf8",
  // Names stay, and lines are short, so that a change can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  legalComments: "none",
  banner: { js: comment(`${ours}\n${others}`), css: comment(`${ours}\n${others}`) },
  logLevel: "warning",
});
for (const file of ["index.html", "favicon.svg"]) {
  await copyFile(join(here, "src", file), join(folder, file));
}
await writeFile(join(folder, "LICENSES.txt"), await licences(["uplot"]));

function comment(text) {
  return `/*\n${text}\n*/`;
}

/** licences are those of the packages that the page contains. */
async function licences(names) {
  const texts = ["Loadline's page contains these packages."];
  for (const name of names) {
    const at = join(here, "node_modules", name);
    const { version } = JSON.parse(await readFile(join(at, "package.json"), "utf8"));
    texts.push(`${name} ${version}\n\n${(await readFile(join(at, "LICENSE"), "utf8")).trim()}`);
  }
  return texts.join("\n\n--------\n\n") + "\n";
}
