// Builds the native addon during `npm install`. Where that cannot be done the install goes on: this then writes
// build/install.log (why, what to do, and the whole output), from which `kindred devices` tells, and ends with 0.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const build = join(folder, 'build');
const addon = join(build, 'Release', 'kindred.node');
const stamp = join(build, 'install.stamp');
const log = join(build, 'install.log');

const install =
  {
    darwin: 'Install the command line tools of Xcode (xcode-select --install)',
    win32: 'Install Visual Studio Build Tools with "Desktop development with C++", and Python 3',
  }[process.platform] ??
  'Install a C++ compiler, make and Python 3 (Debian and Ubuntu: apt install g++ make python3)';
const again = 'then run: npm rebuild kindred (in a clone: npm install).';

/** What the output of node-gyp means; the first that matches counts. */
const diagnoses = [
  [/ERR! find Python/i, 'node-gyp found no Python', `${install}, ${again}`],
  [
    /not found: make|ERR! find VS|xcode-select|(g\+\+|c\+\+|clang\+\+|make)[^\n]*(not found|No such file)/i,
    'there is no C++ compiler',
    `${install}, ${again}`,
  ],
  [
    /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|network|socket|(40\d|50\d) (response|status)|certificate/i,
    'the headers of Node.js could not be downloaded',
    `Let npm reach nodejs.org, or unpack the headers of Node.js ${process.version} and name their folder with npm_config_nodedir, ${again}`,
  ],
];

/** Headers that came with this Node.js need not be downloaded. */
function headersAtHand() {
  const prefix = dirname(dirname(process.execPath));
  const version = join(prefix, 'include', 'node', 'node_version.h');
  if (process.env.npm_config_nodedir || !existsSync(version)) return [];
  const text = readFileSync(version, 'utf8');
  const found = ['MAJOR', 'MINOR', 'PATCH'].map(
    part => text.match(new RegExp(`NODE_${part}_VERSION (\\d+)`))?.[1],
  );
  return found.join('.') === process.versions.node ? [`--nodedir=${prefix}`] : [];
}

/** Changes when the addon has to be built again. */
function fingerprint() {
  const hash = createHash('sha256').update([process.platform, process.arch, process.versions.modules].join());
  for (const file of readdirSync(folder).sort()) {
    if (/\.(cc|h|gyp|mjs)$/.test(file)) hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}

function report(reason, remedy, output) {
  // A binary of older sources must not pass for this one.
  for (const stale of [addon, stamp]) rmSync(stale, { force: true });
  writeFileSync(log, `${reason}\n${remedy}\n\n${output}`);
  console.log(
    `Kindred's native device was not built: ${reason}. The other devices work; \`kindred devices\` tells more.`,
  );
}

mkdirSync(build, { recursive: true });
const wanted = fingerprint();
const built = existsSync(addon) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
if (!built) {
  try {
    const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js');
    const arguments_ = [
      nodeGyp,
      `--directory=${folder}`,
      ...headersAtHand(),
      '--jobs=max',
      'configure',
      'build',
    ];
    const { status, error, stdout, stderr } = spawnSync(process.execPath, arguments_, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const output = `${stdout ?? ''}${stderr ?? ''}${error ?? ''}`;
    if (status === 0 && existsSync(addon)) {
      writeFileSync(stamp, wanted);
      rmSync(log, { force: true });
    } else {
      const [, reason, remedy] = diagnoses.find(([pattern]) => pattern.test(output)) ?? [
        null,
        'the C++ compiler failed',
        `kernels/build/install.log has its messages. It takes GCC 11, Clang 14 or Visual Studio 2022, ${again}`,
      ];
      report(reason, remedy, output);
    }
  } catch (error) {
    report(
      'node-gyp did not start',
      `kernels/build/install.log has its message; mend it, ${again}`,
      `${error.stack}\n`,
    );
  }
}
