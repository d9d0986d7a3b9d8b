import { randomUUID } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.js';
import { OutputLock } from './lock.js';
import type { Manifest } from './manifest.js';
import { filesIn } from './results-folder.js';

/*
 * How an output folder with nights looks:
 *
 *   nights/2026-11-19T030000Z/   a whole night each; its manifest is written last
 *   nights/2026-11-20T030000Z/
 *   current -> nights/2026-11-20T030000Z
 *   customers.parquet -> current/customers.parquet, model -> current/model, manifest.json -> current/manifest.json …
 *
 * One rename puts a new link in the place of `current`: in that moment all plain names show the new night, and at no
 * moment is any of them missing. A reader with an open file keeps reading the old night, which stays for some nights.
 * Where the system makes no links (Windows without the privilege, some network drives), the plain names are copies, each put in
 * place by a rename, the manifest last.
 */

export const manifestName = 'manifest.json';
const nightsName = 'nights';
const currentName = 'current';

/** A published night, or one that was. */
export interface Night {
  /** When its run began, as `2026-11-20T030000Z`: names sort by age. */
  id: string;
  folder: string;
}

/** The name of the night of a run that began then. */
function nightId(started: Date): string {
  return `${started.toISOString().slice(0, 19).replaceAll(':', '')}Z`;
}

/** As {@link nightId}, with a number behind it where a night of that second is there already. */
export function newNightId(output: string, started: Date): string {
  const id = nightId(started);
  let free = id;
  for (let number = 2; existsSync(nightFolder(output, free)); number++) free = `${id}-${number}`;
  return free;
}

function nightFolder(output: string, id: string): string {
  return join(output, nightsName, id);
}

export function manifestIn(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, manifestName), 'utf8')) as Manifest;
  } catch {
    return undefined;
  }
}

/** Whether all that the manifest lists is there in full: a night copied by halves, or damaged, is no night. */
function isWhole(folder: string): boolean {
  const sizeOf = (path: string) => statSync(join(folder, path), { throwIfNoEntry: false })?.size;
  const manifest = manifestIn(folder);
  return manifest?.outputs?.every(({ path, bytes }) => sizeOf(path) === bytes) ?? false;
}

/** The whole nights of an output folder, the oldest first. */
export function wholeNights(output: string): Night[] {
  const folder = join(output, nightsName);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(id => !id.startsWith('.'))
    .sort()
    .map(id => ({ id, folder: join(folder, id) }))
    .filter(night => isWhole(night.folder));
}

/**
 * The name of the night that readers see.
 *
 * @throws UsageError where something else is in the place of the link
 */
function shownNight(output: string): string | undefined {
  const link = join(output, currentName);
  const found = lstatSync(link, { throwIfNoEntry: false });
  if (!found) return manifestIn(output)?.night;
  if (found.isSymbolicLink()) return basename(readlinkSync(link));
  throw new UsageError({
    file: link,
    expected: 'a link to the published night',
    found: `a ${found.isDirectory() ? 'folder' : 'file'}`,
    hint: 'A copy that followed links made it, such as cp -rL: choose another output folder, or copy with cp -a.',
  });
}

/** The night that is published, if it is whole. */
export function currentNight(output: string): Night | undefined {
  const shown = shownNight(output);
  return wholeNights(output).find(({ id }) => id === shown);
}

/** Whether an output folder shows nights, be the published one whole or not. */
export function holdsNights(output: string): boolean {
  const folder = join(output, nightsName);
  return (
    existsSync(folder) && (isThere(join(output, currentName)) || manifestIn(output)?.night !== undefined)
  );
}

/** Whether something is there, be it a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

const noLinks = new Set(['EPERM', 'EACCES', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL']);

/** A name among the nights for what is to be renamed to its place; what a crash leaves there goes with the oldest night. */
function temporaryIn(output: string): string {
  return join(output, nightsName, `.${randomUUID().slice(0, 8)}`);
}

/** Puts a relative link in a place of the output folder in one step; false where the system makes none. */
function linked(output: string, target: string, name: string): boolean {
  const place = join(output, name);
  const temporary = temporaryIn(output);
  try {
    symlinkSync(target, temporary);
    renameSync(temporary, place);
    return true;
  } catch (error) {
    rmSync(temporary, { force: true });
    if (noLinks.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** The plain names of the night are copies of it, the manifest last. */
function showByCopies(output: string, { folder }: Night): void {
  const before = manifestIn(output)?.outputs ?? [];
  const names = filesIn(folder).map(({ path }) => path);
  for (const name of [...names.filter(name => name !== manifestName), manifestName]) {
    const place = join(output, name);
    mkdirSync(dirname(place), { recursive: true });
    const temporary = temporaryIn(output);
    copyFileSync(join(folder, name), temporary);
    renameSync(temporary, place);
  }
  for (const { path } of before) if (!names.includes(path)) rmSync(join(output, path), { force: true });
}

/** The plain names of the output folder that show files of the current night. */
function shownNames(output: string): string[] {
  return readdirSync(output, { withFileTypes: true })
    .filter(entry => entry.isSymbolicLink() && entry.name !== currentName)
    .map(({ name }) => name);
}

/** Makes this night the published one; gives the plain paths of its files, the manifest last. */
export function show(output: string, night: Night): string[] {
  if (linked(output, join(nightsName, night.id), currentName)) {
    const entries = readdirSync(night.folder);
    for (const name of entries) {
      if (lstatSync(join(output, name), { throwIfNoEntry: false })?.isSymbolicLink()) continue;
      linked(output, join(currentName, name), name);
    }
    // What earlier nights had and this one has not.
    for (const name of shownNames(output)) {
      if (!entries.includes(name) && !existsSync(join(output, name))) rmSync(join(output, name));
    }
  } else {
    showByCopies(output, night);
  }
  const names = filesIn(night.folder).map(({ path }) => path);
  return [...names.filter(name => name !== manifestName), manifestName].map(name => join(output, name));
}

/**
 * Results that an earlier version of Kindred, or a single command, left as plain files become a night of their own, so that plain
 * names can be links.
 */
function adoptPlainResults(output: string): void {
  if (!lstatSync(join(output, manifestName), { throwIfNoEntry: false })?.isFile()) return;
  const manifest = manifestIn(output);
  if (!manifest?.outputs || manifest.night !== undefined || !isWhole(output)) return;
  const id = nightId(new Date(manifest.started));
  if (existsSync(nightFolder(output, id))) return;
  const folder = join(output, nightsName, `.${id}`);
  for (const name of [...manifest.outputs.map(({ path }) => path), manifestName]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    renameSync(join(output, name), join(folder, name));
    const around = dirname(join(output, name));
    if (around !== output && readdirSync(around).length === 0) rmSync(around, { recursive: true });
  }
  renameSync(folder, nightFolder(output, id));
  show(output, { id, folder: nightFolder(output, id) });
}

/** Waits until a file or folder is on the disk, where the system lets a program do that. */
function settle(path: string): void {
  try {
    const file = openSync(path, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // Folders cannot be opened on Windows, and some file systems do not know how to wait.
  }
}

function checkPlaces(output: string, results: string): void {
  for (const name of readdirSync(results)) {
    const found = lstatSync(join(output, name), { throwIfNoEntry: false });
    if (!found || found.isSymbolicLink()) continue;
    const isFolder = statSync(join(results, name)).isDirectory();
    const isOurs = currentNight(output) !== undefined && !isThere(join(output, currentName));
    if (found.isDirectory() ? isFolder && isOurs : !isFolder) continue;
    throw new UsageError({
      file: join(output, name),
      expected: 'a free place for a result',
      found: `a ${found.isDirectory() ? 'folder' : 'file'} of that name`,
      hint: 'Move it away, or choose another output folder.',
    });
  }
}

/**
 * Makes a folder with the results of a night, its manifest among them, the published night.
 *
 * @param results on the same file system as the output folder, to which it is moved
 * @returns the plain paths of its files, the manifest last
 * @throws UsageError where a folder or a file is in the way; nothing was moved then
 */
export function publishNight(output: string, results: string, id: string): string[] {
  adoptPlainResults(output);
  checkPlaces(output, results);
  for (const { path } of filesIn(results)) settle(join(results, path));
  const night = { id, folder: nightFolder(output, id) };
  mkdirSync(dirname(night.folder), { recursive: true });
  renameSync(results, night.folder);
  settle(dirname(night.folder));
  const files = show(output, night);
  settle(output);
  return files;
}

/** Removes the oldest nights and what is no whole night, up to `keep` of them; never the published one. */
export function forgetNights(output: string, keep: number): void {
  const shown = shownNight(output);
  const kept = new Set(
    wholeNights(output)
      .slice(-keep)
      .map(({ id }) => id),
  );
  const folder = join(output, nightsName);
  for (const id of readdirSync(folder)) {
    if (!kept.has(id) && id !== shown) rmSync(join(folder, id), { recursive: true, force: true });
  }
}

function listed(nights: readonly Night[]): string {
  return nights.length > 0 ? nights.map(({ id }) => id).join(', ') : 'none';
}

/**
 * Publishes an earlier night again.
 *
 * @param to its name or how that begins, such as `2026-11-19`; the one before the published one unless told
 * @throws UsageError where there is no such whole night
 */
export function rollBack(output: string, to?: string): { from?: string; to: string; files: string[] } {
  if (!existsSync(join(output, nightsName))) {
    throw new UsageError({
      file: output,
      expected: 'the folder of a nightly refresh',
      found: 'no nights in it',
      hint: 'Give the configuration that the nights were made with, or their folder with --out.',
    });
  }
  const lock = OutputLock.acquire(output);
  try {
    return published(output, to);
  } finally {
    lock.release();
  }
}

function published(output: string, to?: string): { from?: string; to: string; files: string[] } {
  const nights = wholeNights(output);
  const current = currentNight(output);
  const earlier = nights.filter(({ id }) => current === undefined || id < current.id);
  const night = to === undefined ? earlier.at(-1) : nights.filter(({ id }) => id.startsWith(to)).at(-1);
  if (!night) {
    throw new UsageError({
      file: output,
      expected: to === undefined ? 'a whole night before the published one' : `a whole night ${to}`,
      found: `${to === undefined ? listed(earlier) : `the nights ${listed(nights)}`}`,
      hint: 'output.keep says how many nights are kept.',
    });
  }
  return { from: current?.id, to: night.id, files: show(output, night) };
}
