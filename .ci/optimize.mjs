// Makes the WebAssembly smaller than wasm-opt does for cargo-leptos: more passes, no exports of a library that it does
// not use, and short names between it and its JavaScript, which lies beside it.
//
//   optimize.mjs …options of wasm-opt… FILE -o FILE

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(fileURLToPath(import.meta.url)), '../end2end/node_modules');
const binaryen = (await import(createRequire(join(modules, 'x')).resolve('binaryen'))).default;

const options = process.argv.slice(2);
const wasm = options[options.indexOf('-o') + 1];
const js = wasm.replace(/\.wasm$/, '.js');
let script = readFileSync(js, 'utf8');

// Streams as request bodies: `server_fn` has them, and no browser sends them.
const unused = /^(export class IntoUnderlying|if \(Symbol\.dispose\) IntoUnderlying|const IntoUnderlying)/;
const blocks = script.split(/\n(?=\S)/);
const kept = [];
for (let isUnused = false; blocks.length > 0; ) {
  const block = blocks.shift();
  isUnused = unused.test(block) || (isUnused && /^[})\s]/.test(block));
  if (!isUnused) kept.push(block);
}
script = kept.join('\n');

const module = binaryen.readBinary(readFileSync(wasm));
for (let index = module.getNumExports() - 1; index >= 0; index--) {
  const { name } = binaryen.getExportInfo(module.getExportByIndex(index));
  if (/intounderlying/.test(name)) module.removeExport(name);
}
writeFileSync(wasm, module.emitBinary());

// Flattening first and repeating until nothing changes makes the WebAssembly another 1 % smaller.
const passes = ['--flatten', '--rereloop', '--monomorphize', '--converge', '-Oz', '--strip-producers'];
const opt = join(modules, '.bin/wasm-opt');
execFileSync(opt, [...passes, ...options], { stdio: 'inherit' });

const rename = ['--minify-imports-and-exports-and-modules', '--strip-target-features'];
const names = JSON.parse(execFileSync(opt, [...rename, wasm, '-o', wasm], { encoding: 'utf8' }));
const imports = new Map(names.imports.map(([, long, short]) => [long, short]));
const exports = new Map(names.exports.map(([long, short]) => [long, short]));
script = script
  .replace(/^(\s+)([\w$]+)(?=: )/gm, (text, indent, name) => (imports.has(name) ? indent + imports.get(name) : text))
  .replace(/\bwasm\.([\w$]+)/g, (text, name) => (exports.has(name) ? `wasm.${exports.get(name)}` : text))
  .replace(/"\.\/doorward_bg\.js"(?=: )/, '"a"');
writeFileSync(js, script);
