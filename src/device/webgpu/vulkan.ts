import { existsSync, readdirSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where the packages of Chromium and Chrome put a Vulkan loader and SwiftShader, a Vulkan driver that
 * computes on the processor.
 */
const browserFolders = ['/usr/lib/chromium', '/usr/lib64/chromium-browser', '/opt/google/chrome'];

const loaderName = 'libvulkan.so.1';

/** glibc's `RTLD_NODELETE`, which Node does not name: the library stays loaded. */
const keepLoaded = 0x1000;

/** Loads a shared library into the process, where a later search for its name finds it. */
function loadLibrary(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | keepLoaded);
  } catch (error) {
    // Node wants a module of its own and complains about any other library, but after it was loaded.
    return (error as Error).message.includes('did not self-register');
  }
  return true;
}

/**
 * Loads what finds Vulkan drivers: the system's loader, or else a browser's. Only Linux needs one, and
 * WebGPU prints a warning where it is missing.
 */
export function loadVulkan(): boolean {
  if (process.platform !== 'linux') return true;
  const places = [loaderName, ...browserFolders.map(folder => join(folder, loaderName))];
  return places.some(loadLibrary);
}

/** Whether a driver is installed where the loader looks; without one, looking prints a warning. */
export function hasVulkanDriver(): boolean {
  const { env } = process;
  if (process.platform !== 'linux' || env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES) return true;
  const folders = [
    env.XDG_CONFIG_HOME ?? join(homedir(), '.config'),
    ...(env.XDG_CONFIG_DIRS ?? '/etc/xdg').split(':'),
    '/etc',
    env.XDG_DATA_HOME ?? join(homedir(), '.local/share'),
    ...(env.XDG_DATA_DIRS ?? '/usr/local/share:/usr/share').split(':'),
  ];
  return folders.some(folder => {
    const descriptions = join(folder, 'vulkan/icd.d');
    return existsSync(descriptions) && readdirSync(descriptions).length > 0;
  });
}

/**
 * Makes SwiftShader the Vulkan driver of this process. False where no browser brought it along, or where an
 * environment variable chose the driver.
 */
export function chooseSwiftShader(): boolean {
  const { env } = process;
  if (process.platform !== 'linux' || env.VK_ICD_FILENAMES || env.VK_DRIVER_FILES) return false;
  const descriptions = browserFolders.map(folder => join(folder, 'vk_swiftshader_icd.json'));
  const description = descriptions.find(path => existsSync(path));
  if (!description) return false;
  env.VK_ICD_FILENAMES = description;
  env.XDG_RUNTIME_DIR ??= '/tmp';
  return true;
}
