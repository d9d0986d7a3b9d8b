import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A WGSL module and what a caller has to know of it to bind tensors and sizes by name. */
export interface Shader {
  code: string;
  /** Number of the binding by name of the variable. */
  bindings: Map<string, number>;
  /** Fields of the uniform `struct Sizes`, all u32, in order. */
  sizes: string[];
}

/** A number as a size: the bits of a float32. */
export function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}

/** The folder of the kernels: beside `package.json`, above `src/` as above `dist/`. */
const folder = (() => {
  let place = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(place, 'package.json'))) place = dirname(place);
  return join(place, 'kernels');
})();

const shaders = new Map<string, Shader>();

/**
 * The WGSL in `kernels/<name>.wgsl`. A line `// Uses <other>.wgsl.` has that file's functions put before it,
 * since WGSL has no way to import; or those of `<other>.<variant>.wgsl` for the first of the variants that there is.
 */
export function loadShader(name: string, variants: readonly string[] = []): Shader {
  const key = [name, ...variants].join();
  let shader = shaders.get(key);
  if (!shader) {
    const code = withEnablesFirst(readWithUses(name, variants));
    const bindings = [...code.matchAll(/@binding\((\d+)\)\s*var<[^>]*>\s*(\w+)/g)];
    const fields = /struct Sizes \{([^}]*)\}/.exec(code)?.[1] ?? '';
    shader = {
      code,
      bindings: new Map(bindings.map(([, number, variable]) => [variable, Number(number)])),
      sizes: [...fields.matchAll(/(\w+): u32/g)].map(([, field]) => field),
    };
    shaders.set(key, shader);
  }
  return shader;
}

function readWithUses(name: string, variants: readonly string[]): string {
  const files = [...variants.map(variant => `${name}.${variant}.wgsl`), `${name}.wgsl`];
  const file = files.map(other => join(folder, other)).find(path => existsSync(path)) ?? files[0];
  const code = readFileSync(file, 'utf8');
  const used = [...code.matchAll(/^\/\/ Uses ([\w-]+)\.wgsl\.$/gm)];
  return [...used.map(([, other]) => readWithUses(other, variants)), code].join('\n');
}

/** WGSL wants its extensions named before anything else, each kernel's parts name those that they use. */
function withEnablesFirst(code: string): string {
  const enable = /^enable [\w, ]+;\n/gm;
  return [...new Set(code.match(enable)), code.replace(enable, '')].join('');
}
