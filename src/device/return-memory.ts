import { loadAddon } from './native/addon.js';

/**
 * From now on what the process frees goes back to the system at once, for a process that has little memory: large arrays
 * come and go, and what is kept of each of them for later adds up. Without effect where the C++ addon is missing.
 */
export function returnMemory(): void {
  try {
    loadAddon().returnMemory();
  } catch {
    // It is a matter of memory, not of results: what needs the addon says that it is missing.
  }
}
